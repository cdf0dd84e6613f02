package school.lectern.auth.dialect;

import java.util.Map;
import java.util.Objects;

/** An error response, ready for an adapter to write. */
public final class RenderedError {

    private final int status;
    private final Map<String, String> headers;
    private final String mediaType;
    private final String body;

    private RenderedError(int status, Map<String, String> headers, String mediaType, String body) {
        this.status = status;
        this.headers = headers;
        this.mediaType = mediaType;
        this.body = body;
    }

    /**
     * {@return an error response}
     *
     * @param status the HTTP status
     * @param headers name → value, in order, without the headers that describe the body; not copied
     * @param mediaType the media type of the body
     * @param body a JSON object, which is sent in UTF-8
     */
    public static RenderedError of(int status, Map<String, String> headers, String mediaType, String body) {
        return new RenderedError(status, headers, mediaType, body);
    }

    /** {@return the HTTP status} */
    public int status() {
        return status;
    }

    /** {@return the headers in order, name → value, without the headers that describe the body} */
    public Map<String, String> headers() {
        return headers;
    }

    /** {@return the media type of the body} */
    public String mediaType() {
        return mediaType;
    }

    /** {@return a JSON object, which is sent in UTF-8} */
    public String body() {
        return body;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RenderedError that
                && status == that.status
                && headers.equals(that.headers)
                && mediaType.equals(that.mediaType)
                && body.equals(that.body);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, headers, mediaType, body);
    }

    @Override
    public String toString() {
        return "RenderedError[status=" + status + ", headers=" + headers + ", mediaType=" + mediaType + ", body=" + body
                + "]";
    }
}
