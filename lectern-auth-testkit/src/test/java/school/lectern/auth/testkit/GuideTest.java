package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.time.Clocks;

/** The Java of the guides to testing and to storage of your own compiles, and is that of the tests here. */
class GuideTest {

    private static final Path TESTS = Path.of("src/test/java/school/lectern/auth/testkit");

    private static String withoutBlanks(String text) {
        return text.replaceAll("\\s+", "");
    }

    private static List<String> blocks(String guide) throws IOException {
        return Pattern.compile("^```java\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("..", "docs", guide)))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
    }

    private static void areCompiled(List<String> blocks, String... files) throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String file : files) {
            sources.append(withoutBlanks(Files.readString(TESTS.resolve(file))));
        }
        for (String block : blocks) {
            for (String statement : block.split(";")) {
                assertTrue(sources.indexOf(withoutBlanks(statement)) >= 0, statement);
            }
        }
    }

    @Test
    void the_java_of_the_guide_to_testing_is_compiled() throws IOException {
        List<String> blocks = blocks("testing.md");
        assertEquals(4, blocks.size());
        areCompiled(blocks, "GuideExamples.java");
    }

    @Test
    void the_java_of_the_guide_to_storage_is_compiled() throws IOException {
        List<String> blocks = blocks("storage.md");
        assertEquals(5, blocks.size());
        areCompiled(
                blocks,
                "GuideExamples.java",
                "inmemory/InMemoryTokenStoreTest.java",
                "inmemory/InMemoryChangeFeedTest.java",
                "inmemory/InMemoryLimitStoreTest.java",
                "inmemory/InMemoryAuditLogTest.java");
    }

    @Test
    void the_request_of_the_guide_is_sent_with_its_header() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        server.createContext("/v1/learners/7", exchange -> {
            byte[] body = exchange.getRequestHeaders().getFirst("Authorization").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            assertEquals(
                    "Bearer x",
                    GuideExamples.send("Bearer x", server.getAddress().getPort())
                            .body());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void the_examples_run() {
        assertTrue(GuideExamples.authorization().startsWith("Bearer sk_live_lectern_"));
        try (LecternAuth auth = GuideExamples.withClock()) {
            assertTrue(GuideExamples.authorizationOfOtherSettings(auth).startsWith("Bearer "));
        }
        InMemoryAuditLog log = new InMemoryAuditLog();
        GuideExamples.openAndClose(new InMemoryTokenStore(log), new InMemoryLimitStore(Clocks.system()), log);
    }
}
