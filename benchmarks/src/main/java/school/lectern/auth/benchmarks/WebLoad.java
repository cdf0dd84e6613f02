package school.lectern.auth.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends requests as fast as the server responds, over a few persistent connections, each with one request at a time. It shares
 * the CPUs with the server, so it does as little as possible: the requests are built in advance, and of a response it reads
 * only the status, the length and the bytes.
 */
public final class WebLoad {

    private static final byte[] OK = ascii("HTTP/1.1 200 ");
    private static final byte[] LENGTH = ascii("Content-Length: ");
    private static final byte[] END = ascii("\r\n\r\n");

    private final byte[][] requests;

    /** The number of requests with the status 200, and their total time. */
    record Answered(long requests, long nanos) {}

    WebLoad(List<String> tokens) {
        requests = tokens.stream().map(WebLoad::request).toArray(byte[][]::new);
    }

    private static byte[] request(String token) {
        return ascii("GET " + WebServer.PATH + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
                + "User-Agent: benchmark\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends requests for the given time. Fails at the first response with a status other than 200. */
    Answered ask(int port, int connections, long millis) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                counts.add(threads.submit(() -> ask(port, start + millis * 1_000_000)));
            }
            long answered = 0;
            for (Future<Long> count : counts) {
                answered += count.get();
            }
            return new Answered(answered, System.nanoTime() - start);
        } finally {
            threads.shutdownNow();
        }
    }

    private long ask(int port, long end) throws IOException {
        SplittableRandom random = new SplittableRandom();
        byte[] buffer = new byte[8_192];
        long answered = 0;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            do {
                out.write(requests[random.nextInt(requests.length)]);
                requireOk(in, buffer);
                answered++;
            } while (System.nanoTime() < end);
        }
        return answered;
    }

    private static void requireOk(InputStream in, byte[] buffer) throws IOException {
        int read = 0;
        int end = -1;
        while (end < 0) {
            read = more(in, buffer, read);
            end = find(END, buffer, read);
        }
        int length = find(LENGTH, buffer, end);
        if (find(OK, buffer, OK.length) != 0 || length < 0) {
            throw new IOException("not 200: " + new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
        }
        int whole = end + END.length + number(buffer, length + LENGTH.length);
        while (read < whole) {
            read = more(in, buffer, read);
        }
    }

    private static int more(InputStream in, byte[] buffer, int read) throws IOException {
        int more = in.read(buffer, read, buffer.length - read);
        if (more <= 0) {
            throw new IOException("an answer ends, or does not fit, after " + read + " bytes");
        }
        return read + more;
    }

    private static int find(byte[] what, byte[] buffer, int read) {
        for (int i = 0; i <= read - what.length; i++) {
            int same = 0;
            while (same < what.length && buffer[i + same] == what[same]) {
                same++;
            }
            if (same == what.length) {
                return i;
            }
        }
        return -1;
    }

    private static int number(byte[] buffer, int start) {
        int number = 0;
        for (int i = start; buffer[i] >= '0' && buffer[i] <= '9'; i++) {
            number = number * 10 + buffer[i] - '0';
        }
        return number;
    }

    /**
     * Each line of the input is a port, a time and a file of tokens. The answer is the number of requests and the nanoseconds.
     */
    public static void main(String[] arguments) throws Exception {
        Map<String, WebLoad> loads = new HashMap<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] asked = line.split(" ", 3);
            if (!loads.containsKey(asked[2])) {
                loads.put(asked[2], new WebLoad(Files.readAllLines(Path.of(asked[2]))));
            }
            Answered answered = loads.get(asked[2])
                    .ask(Integer.parseInt(asked[0]), Integer.parseInt(arguments[0]), Long.parseLong(asked[1]));
            System.out.println(answered.requests() + " " + answered.nanos());
        }
    }
}
