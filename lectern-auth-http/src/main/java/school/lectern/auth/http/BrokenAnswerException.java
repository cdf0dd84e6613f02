package school.lectern.auth.http;

import java.io.IOException;

/** The body of an answer broke off, since reading it from storage failed. The library has logged why. */
public final class BrokenAnswerException extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenAnswerException(Throwable cause) {
        super("the answer broke off: its storage failed", cause);
    }
}
