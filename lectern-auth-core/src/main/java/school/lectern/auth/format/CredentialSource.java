package school.lectern.auth.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of a request that may carry a credential. */
public interface CredentialSource {

    /**
     * {@return every value of a header, in order; empty if the header is missing}
     *
     * @param name the name of the header
     */
    List<Secret> credentials(String name);

    /**
     * {@return the credential itself, of a request that has it outside of HTTP, such as a message; otherwise null} If it is
     * set, no other part of the request is read.
     */
    default @Nullable Secret presented() {
        return null;
    }

    /** {@return the query as sent, without the question mark; null if the request has none} */
    @Nullable
    Secret query();
}
