package school.lectern.auth.dialect;

import java.util.Map;

/**
 * A refusal as it is sent: an adapter only has to write it.
 *
 * @param status the HTTP status
 * @param headers name → value, in their order, without the headers that describe the body
 * @param mediaType the media type of the body
 * @param body a JSON object, which is sent in UTF-8
 */
public record RenderedError(int status, Map<String, String> headers, String mediaType, String body) {}
