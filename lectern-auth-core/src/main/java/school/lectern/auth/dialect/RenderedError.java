package school.lectern.auth.dialect;

import java.util.Map;

/**
 * A refusal as it goes out: an adapter only has to send it.
 *
 * @param status the HTTP status
 * @param headers name → value, in their order, without those that describe the body
 * @param mediaType what the body is sent as
 * @param body the filled envelope, to be written as JSON
 */
public record RenderedError(int status, Map<String, String> headers, String mediaType, Envelope body) {}
