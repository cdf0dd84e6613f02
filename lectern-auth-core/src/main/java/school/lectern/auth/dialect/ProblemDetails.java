package school.lectern.auth.dialect;

import java.net.URI;
import school.lectern.auth.dialect.Envelope.Slot;

/**
 * Error bodies as RFC 9457 has them: {@code type}, {@code title}, {@code status} and {@code detail}, and after these
 * {@code code}, {@code request_id} and, where fields are not valid, {@code errors}.
 */
public final class ProblemDetails {

    /** What such a body is sent as. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private ProblemDetails() {}

    /** Problems that are of no type but their status: {@code about:blank} (RFC 9457, section 4.2.1). */
    public static Envelope untyped() {
        return ofType(new Envelope.Text("about:blank"));
    }

    /**
     * Problems of as many types as there are codes.
     *
     * @param base how the URI of every type starts; the code follows, so it mostly ends with a slash or a hash
     */
    public static Envelope typed(URI base) {
        return ofType(new Envelope.Prefixed(base.toASCIIString(), Slot.CODE));
    }

    /** The title is the status phrase: RFC 9457 asks for it without a type, and it is true of every type that has the status. */
    private static Envelope ofType(Envelope type) {
        return Envelope.object("type", type, "title", Slot.STATUS_PHRASE)
                .and("status", Slot.STATUS)
                .and("detail", Slot.MESSAGE)
                .and("code", Slot.CODE)
                .and("request_id", Slot.REQUEST_ID)
                .and("errors", Slot.DETAILS);
    }
}
