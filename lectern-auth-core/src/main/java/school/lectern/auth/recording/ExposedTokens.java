package school.lectern.auth.recording;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.spi.ExposedToken;

/**
 * Reports tokens that requests sent over insecure transport. Nothing is looked up, so the time of a request does not depend on
 * whether its token is valid. The numbers of notices and of log lines are bounded.
 */
public final class ExposedTokens {

    private static final Logger log = LoggerFactory.getLogger(ExposedTokens.class);

    private static final long LOG_EVERY_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final int MAX_TOKENS = 10_000;
    private static final int MAX_TOKENS_PER_NETWORK = 100;
    private static final int NETWORK_V4_BITS = 24;
    private static final int NETWORK_V6_BITS = 64;

    private final Dialect dialect;
    private final ListenerNotifier listener;

    /** The SHA-256 of tokens, by the network that they came from: the tokens themselves would be in memory for an hour. */
    private final FirstInHour<String, ByteBuffer> firsts = new FirstInHour<>(MAX_TOKENS, MAX_TOKENS_PER_NETWORK);

    private final AtomicLong loggedMillis = new AtomicLong(Long.MIN_VALUE);

    /**
     * Creates the reports of a dialect's tokens.
     *
     * @param dialect the dialect that determines where a request contains a token
     * @param listener receives the tokens
     */
    public ExposedTokens(Dialect dialect, ListenerNotifier listener) {
        this.dialect = dialect;
        this.listener = listener;
    }

    /**
     * Reports every token that the request contains: if there are two, the client has exposed both.
     *
     * @param request a request over insecure transport
     * @param now the time of its denial
     */
    public void report(AuthRequest request, Instant now) {
        List<PresentedToken> tokens = dialect.carriers().tokens(request, dialect.formats());
        if (!tokens.isEmpty() && isTimeToLog(now.toEpochMilli())) {
            log.warn(
                    "request {} sent a token over insecure transport, and was denied: revoke the token, and let the client"
                            + " use https; further such requests are not logged for a minute",
                    request.requestId());
        }
        if (listener.isHeard()) {
            tokens.forEach(token -> notify(token, request, now));
        }
    }

    private void notify(PresentedToken presented, AuthRequest request, Instant now) {
        if (firsts.isFirst(network(request.address()), ByteBuffer.wrap(presented.sha256()), now)) {
            String shown = presented.publicKey() == null ? presented.displayPrefix() : presented.publicKey();
            listener.exposed(new ExposedToken(shown, presented.whole(), request.address(), now));
        }
    }

    private boolean isTimeToLog(long now) {
        long last = loggedMillis.get();
        // A clock that was set back must not end the log.
        boolean isLate = last == Long.MIN_VALUE || Math.abs(now - last) >= LOG_EVERY_MILLIS;
        return isLate && loggedMillis.compareAndSet(last, now);
    }

    private static String network(@Nullable IpAddress address) {
        return address == null
                ? "unknown"
                : address.network(NETWORK_V4_BITS, NETWORK_V6_BITS).toString();
    }
}
