package school.lectern.auth.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A proxy to a server, with faults that a test controls: it delays answers, stays silent, closes connections, or closes a
 * connection at a commit.
 */
final class TcpProxy implements AutoCloseable {

    /** Where to cut the connection at the next commit. */
    enum Cut {
        NEVER,
        /** The server does not receive the commit. */
        BEFORE_IT_ARRIVES,
        /** The server commits, but the client does not receive the answer. */
        BEFORE_ITS_ANSWER
    }

    private final int port;
    private final ServerSocket listening;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private volatile long latencyMillis;
    private volatile boolean silent;
    private Cut cut = Cut.NEVER;
    private int cuts;

    TcpProxy(int port) throws IOException {
        this.port = port;
        this.listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    String host() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    /** Delays each part of an answer by the given time. */
    void delay(long millis) {
        latencyMillis = millis;
    }

    /** While on, connections are accepted and stay open, but no data passes. */
    void silence(boolean on) {
        silent = on;
    }

    synchronized void cutNextCommit(Cut where) {
        cut = where;
    }

    /** Returns how many commits were cut so far. */
    synchronized int cuts() {
        return cuts;
    }

    private synchronized Cut takeCut() {
        Cut taken = cut;
        cut = Cut.NEVER;
        cuts += taken == Cut.NEVER ? 0 : 1;
        return taken;
    }

    void cutAll() {
        links.forEach(Link::cut);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                connect(client);
            } catch (IOException closed) {
                // No more connections.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Link link = new Link(client, new Socket(InetAddress.getLoopbackAddress(), port));
            links.add(link);
            start("to the server", link::toServer);
            start("to the client", link::toClient);
        } catch (IOException refused) {
            // As without a proxy: a client that connects gets an error immediately.
            client.close();
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "proxy " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One connection through the proxy. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private volatile boolean answerIsLost;

        Link(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void toServer() {
            pass(client, server, bytes -> {
                if (isCommit(bytes)) {
                    switch (takeCut()) {
                        case BEFORE_IT_ARRIVES -> cut();
                        case BEFORE_ITS_ANSWER -> answerIsLost = true;
                        case NEVER -> {}
                    }
                }
            });
        }

        void toClient() {
            pass(server, client, bytes -> {
                if (answerIsLost) {
                    cut();
                }
                if (latencyMillis > 0) {
                    sleep(latencyMillis);
                }
            });
        }

        private void pass(Socket from, Socket to, Hurdle hurdle) {
            byte[] buffer = new byte[65_536];
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    hurdle.before(Arrays.copyOf(buffer, read));
                    while (silent && !from.isClosed()) {
                        sleep(10);
                    }
                    out.write(buffer, 0, read);
                }
            } catch (IOException brokenOff) {
                // Both ends are closed now, so both sides get an error.
            } finally {
                links.remove(this);
            }
        }

        void cut() {
            try (client;
                    server) {
                links.remove(this);
            } catch (IOException closedAlready) {
                throw new UncheckedIOException(closedAlready);
            }
        }
    }

    private interface Hurdle {
        void before(byte[] bytes);
    }

    /** Matches the statement, and not the name of an isolation level. */
    private static boolean isCommit(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.replace("COMMITTED", "").contains("COMMIT");
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cutAll();
    }
}
