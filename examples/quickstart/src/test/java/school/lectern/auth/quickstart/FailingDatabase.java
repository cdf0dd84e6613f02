package school.lectern.auth.quickstart;

import java.nio.file.Path;
import java.util.Map;
import org.h2.tools.Server;

/** A database behind a socket, which can disappear while the quickstart runs. */
final class FailingDatabase implements AutoCloseable {

    static {
        System.setProperty("h2.bindAddress", "127.0.0.1");
    }

    private final Server server;

    FailingDatabase(Path folder) throws Exception {
        server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-baseDir", folder.toString())
                .start();
    }

    /** Returns the settings of a quickstart on this database in that dialect, without a cache, which could hide its absence. */
    Map<String, String> settings(String dialect) {
        return Map.of(
                "LECTERN_DIALECT",
                dialect,
                "LECTERN_CACHE",
                "off",
                "LECTERN_DB_URL",
                "jdbc:h2:tcp://127.0.0.1:" + server.getPort() + "/./tokens");
    }

    void fail() {
        server.stop();
    }

    @Override
    public void close() {
        fail();
    }
}
