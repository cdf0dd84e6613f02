package school.lectern.auth;

import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.VerifiedToken;

/**
 * Revokes the line of a token that is used after its bearer has replaced it. The request that uses the token waits until every
 * process enforces the revocation; if that cannot be confirmed, it is logged, and the request is denied all the same. Other
 * requests of the same line do not wait: however many there are, a process attempts one revocation of a line at a time, and
 * none once the line is revoked. Safe for use by many threads.
 */
final class ReuseDetection {

    private static final Logger log = LoggerFactory.getLogger(ReuseDetection.class);

    private final TokenVerbs verbs;
    private final Set<String> linesInProgress = ConcurrentHashMap.newKeySet();

    ReuseDetection(TokenVerbs verbs) {
        this.verbs = verbs;
    }

    /**
     * {@return whether the use of a token that is not revoked shows that two parties have it}
     *
     * @param millis the earlier of the times of this process and of the store, so that a clock which is ahead, of either,
     *     ends no grace period early and revokes nothing
     */
    static boolean isReuse(StoredToken token, long millis) {
        return token.selfRotatedAt() != null
                && !token.isRevoked()
                && token.isReplacedByBearer(Instant.ofEpochMilli(millis));
    }

    /**
     * Revokes the line of a reused token, unless another thread is doing so.
     *
     * @throws school.lectern.auth.spi.StorageException if the line may not be revoked; the next use tries again
     */
    void revokeLine(VerifiedToken reused, @Nullable IpAddress address, Instant now) {
        StoredToken token = reused.stored();
        if (!linesInProgress.add(token.lineId())) {
            return;
        }
        try {
            String reason = "token " + token.id() + " was used after its bearer had replaced it";
            OperationContext context = new OperationContext(verbs, Actor.application(), reason, true);
            TokenGroup line = new TokenGroup.OfLine(token.tenantId(), token.lineId());
            // Zero if another process was faster, which then reports the reuse.
            if (context.revokeAll(line).orElseThrow() > 0) {
                log.warn(
                        "token {} was used after its bearer had replaced it; the tokens of its line {} were revoked",
                        token.id(),
                        token.lineId());
                verbs.parts().metrics().reuseDetected();
                verbs.parts().listener().reuseDetected(token, address, now);
            }
        } finally {
            linesInProgress.remove(token.lineId());
        }
    }
}
