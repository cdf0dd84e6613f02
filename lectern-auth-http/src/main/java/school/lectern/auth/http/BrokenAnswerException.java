package school.lectern.auth.http;

import java.io.IOException;

/**
 * Signals that the body of a response is incomplete, since it could not be produced. The library has logged the failure.
 */
public final class BrokenAnswerException extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenAnswerException(Throwable cause) {
        super("the response is incomplete: its body could not be produced", cause);
    }
}
