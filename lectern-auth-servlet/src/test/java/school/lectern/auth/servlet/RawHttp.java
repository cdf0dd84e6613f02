package school.lectern.auth.servlet;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Sends requests character by character as given: no client library corrects them. */
final class RawHttp {

    private RawHttp() {}

    /** Sends the request line and the headers, each character as one byte, and reads until the connection ends. */
    static Reply send(int port, String requestLine, List<String> headers, String body) throws IOException {
        List<String> all = new ArrayList<>(headers);
        if (!body.isEmpty()) {
            all.add("Content-Length: " + body.length());
        }
        try (Socket socket = connect(port, requestLine, all, body)) {
            return parse(socket.getInputStream().readAllBytes());
        }
    }

    /** Sends a body that may be shorter than the headers declare, and then closes the output side. */
    static Reply sendAndHalfClose(int port, String requestLine, List<String> headers, String body) throws IOException {
        try (Socket socket = connect(port, requestLine, headers, body)) {
            socket.shutdownOutput();
            return parse(socket.getInputStream().readAllBytes());
        }
    }

    /** Sends a request, reads the status line of the response, and closes the connection, which would otherwise stay open. */
    static int status(int port, String requestLine, List<String> headers) throws IOException {
        StringBuilder request = new StringBuilder(requestLine).append("\r\nHost: localhost\r\n");
        headers.forEach(header -> request.append(header).append("\r\n"));
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            String line = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
            return Integer.parseInt(line.split(" ", -1)[1]);
        }
    }

    private static Socket connect(int port, String requestLine, List<String> headers, String body) throws IOException {
        StringBuilder request = new StringBuilder(requestLine).append("\r\nHost: localhost\r\nConnection: close\r\n");
        headers.forEach(header -> request.append(header).append("\r\n"));
        request.append("\r\n").append(body);
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static Reply parse(byte[] answer) throws IOException {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no answer, but: " + text);
        }
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        byte[] body = Arrays.copyOfRange(answer, end + 4, answer.length);
        boolean chunked = headers.getOrDefault("transfer-encoding", List.of()).contains("chunked");
        return new Reply(
                Integer.parseInt(lines[0].split(" ", -1)[1]),
                headers,
                new String(chunked ? unchunked(body) : body, StandardCharsets.UTF_8));
    }

    /** Returns the content of a chunked body (RFC 9112, section 7.1), which must be complete. */
    private static byte[] unchunked(byte[] body) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(body);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (true) {
            ByteArrayOutputStream size = new ByteArrayOutputStream();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("the body was cut off");
                }
                size.write(c);
            }
            int length =
                    Integer.parseInt(size.toString(StandardCharsets.ISO_8859_1).strip(), 16);
            if (length == 0) {
                return content.toByteArray();
            }
            byte[] chunk = in.readNBytes(length);
            if (chunk.length < length) {
                throw new IOException("the body was cut off");
            }
            content.write(chunk);
            in.skipNBytes(2);
        }
    }
}
