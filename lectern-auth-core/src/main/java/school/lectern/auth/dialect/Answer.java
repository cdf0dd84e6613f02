package school.lectern.auth.dialect;

import java.util.Map;

/**
 * A refusal as it goes out: an adapter only has to send it.
 *
 * @param status the HTTP status
 * @param headers name → value, in their order
 * @param body the filled envelope
 */
public record Answer(int status, Map<String, String> headers, Envelope body) {}
