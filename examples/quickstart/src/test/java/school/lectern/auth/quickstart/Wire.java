package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP written by hand, for header lines that no client library sends: duplicate headers, a tab, a name without a value. */
final class Wire {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final int port;

    Wire(int port) {
        this.port = port;
    }

    Wire(RunningQuickstart server) throws IOException {
        this(port(server));
    }

    private static int port(RunningQuickstart server) throws IOException {
        String ready = server.printed().lines().findFirst().orElseThrow();
        return Integer.parseInt(ready.substring(ready.lastIndexOf(':') + 1));
    }

    /** A response. The names of its headers are in lower case. */
    record Reply(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }

        JsonNode json() throws IOException {
            return JSON.readTree(body);
        }
    }

    /** Sends a {@code GET} with these header lines. */
    Reply get(String path, String... lines) throws IOException {
        return start("GET", path, lines).finish("");
    }

    /** Sends a request without a body, and returns the response as it was received. */
    String raw(String methodAndPath, String... lines) throws IOException {
        String[] words = methodAndPath.split(" ");
        return start(words[0], words[1], lines).text("");
    }

    /** Sends a {@code POST} with these header lines and only this part of its body. */
    Reply postBrokenOff(String path, String part, String... lines) throws IOException {
        Upload upload = start("POST", path, lines);
        upload.send(part);
        upload.socket.shutdownOutput();
        return upload.finish("");
    }

    /** Sends the request line and these header lines. */
    Upload start(String method, String path, String... lines) throws IOException {
        StringBuilder request = new StringBuilder(method + ' ' + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        for (String line : lines) {
            request.append(line).append("\r\n");
        }
        request.append("Connection: close\r\n\r\n");
        Upload upload = new Upload(new Socket(InetAddress.getLoopbackAddress(), port));
        upload.socket.setSoTimeout((int) Patience.LIMIT.toMillis());
        upload.send(request.toString());
        return upload;
    }

    /** A request that is not yet complete. */
    record Upload(Socket socket) {
        void send(String part) throws IOException {
            socket.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Waits until the server requests the body. */
        void awaitContinue() throws IOException {
            byte[] expected = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
            byte[] line = socket.getInputStream().readNBytes(expected.length);
            if (!Arrays.equals(line, expected)) {
                throw new IOException("not asked for the body: " + new String(line, StandardCharsets.ISO_8859_1));
            }
        }

        /** Sends the rest, and reads the response. */
        Reply finish(String rest) throws IOException {
            return read(text(rest));
        }

        private String text(String rest) throws IOException {
            try (socket) {
                if (!rest.isEmpty()) {
                    send(rest);
                }
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private static Reply read(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        String[] lines = answer.substring(0, end).split("\r\n");
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return new Reply(Integer.parseInt(lines[0].split(" ")[1]), headers, answer.substring(end + 4));
    }
}
