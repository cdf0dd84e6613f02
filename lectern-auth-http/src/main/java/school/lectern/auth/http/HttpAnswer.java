package school.lectern.auth.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.dialect.RenderedError;
import school.lectern.auth.log.RedactedFailure;

/**
 * A response of the library, which an adapter writes: first the status and the headers, then the body. The body is written to
 * the connection while it is read from storage, so that a long body is never in memory as a whole. It can be written once.
 */
public final class HttpAnswer {

    private static final int OK = 200;

    private final int status;
    private final Map<String, String> headers;
    private final Body body;
    private final @Nullable AuthError error;

    /** Writes a body. */
    @FunctionalInterface
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    private HttpAnswer(int status, Map<String, String> headers, Body body, @Nullable AuthError error) {
        this.status = status;
        this.headers = Collections.unmodifiableMap(headers);
        this.body = body;
        this.error = error;
    }

    /** Returns a successful response. */
    static HttpAnswer ok(String contentType, Body body) {
        return new HttpAnswer(OK, Map.of("Content-Type", contentType), body, null);
    }

    /** Returns a successful response with a JSON object. */
    static HttpAnswer json(Map<String, ?> object) {
        byte[] bytes = Json.bytes(object);
        return ok("application/json", out -> out.write(bytes));
    }

    /** Returns a response with an error that the dialect has rendered. */
    static HttpAnswer error(AuthError error, RenderedError rendered) {
        byte[] bytes = rendered.body().getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = new LinkedHashMap<>(rendered.headers());
        headers.put("Content-Type", rendered.mediaType());
        return new HttpAnswer(rendered.status(), headers, out -> out.write(bytes), error);
    }

    HttpAnswer withStatus(int other) {
        return new HttpAnswer(other, headers, body, error);
    }

    HttpAnswer withHeader(String name, String value) {
        return withHeaders(Map.of(name, value));
    }

    /** Returns this response with a body that reports the failure that interrupts it. */
    HttpAnswer reporting(Consumer<Throwable> failures) {
        Body reporting = out -> {
            try {
                body.writeTo(out);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError broken) {
                failures.accept(broken);
                throw new BrokenAnswerException(RedactedFailure.of(broken));
            }
        };
        return new HttpAnswer(status, headers, reporting, error);
    }

    /** Returns this response with more headers, which do not replace the headers that it already has. */
    HttpAnswer withHeaders(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(more);
        all.putAll(headers);
        return new HttpAnswer(status, all, body, error);
    }

    /** {@return the HTTP status code} */
    public int status() {
        return status;
    }

    /**
     * {@return the headers, from name to value, in the order in which to write them} They include {@code Content-Type}. {@link
     * #addTo} sets them. Unmodifiable.
     */
    public Map<String, String> headers() {
        return headers;
    }

    /**
     * Adds the headers to a response: each replaces other headers of its name, except {@code Link}, which is added to them.
     *
     * @param response the headers of the response
     */
    public void addTo(ResponseHeaders response) {
        HeaderRules.add(headers, response, false);
    }

    /** {@return the error of the response, or empty if it is not an error} */
    public Optional<AuthError> error() {
        return Optional.ofNullable(error);
    }

    /**
     * Writes the body. Must be called once, after the status and the headers have been written.
     *
     * @param out the stream to write the body to, which is neither flushed nor closed
     * @throws BrokenAnswerException if the storage from which the body is read fails. If the response is not committed yet,
     *     send {@link Exchange#error} with {@code AuthError.unavailable()} instead; otherwise abort the connection, so that the
     *     client does not consider the part that it has received complete
     * @throws IOException if the body cannot be written
     */
    public void writeBody(OutputStream out) throws IOException {
        body.writeTo(out);
    }

    @Override
    public String toString() {
        return "HttpAnswer[" + status + "]";
    }
}
