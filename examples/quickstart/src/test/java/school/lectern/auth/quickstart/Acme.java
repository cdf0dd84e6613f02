package school.lectern.auth.quickstart;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenChecksum;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;

/** The complete dialect that docs/dialects.md builds. */
final class Acme {

    static final TokenFormat FORMAT = TokenFormat.builder()
            .prefix(TokenEnvironment.LIVE, "acme_live_", "acme_ci_live_")
            .prefix(TokenEnvironment.TEST, "acme_test_", "acme_ci_test_")
            .body(TokenBody.of(TokenBody.BASE62, 32))
            .checksum(TokenChecksum.crc32(TokenBody.BASE62, 6))
            .visibleCharacters(4)
            .build();

    static final LimitPlan LIMITS = LimitPlan.unlimited()
            .with(LimitPlan.READ, RateLimit.perMinute(600))
            .with(LimitPlan.WRITE, RateLimit.gcra(60, Duration.ofMinutes(1)))
            .with("export", RateLimit.sliding(5, Duration.ofHours(1)));

    static final Dialect DIALECT = Dialect.builder("acme")
            .format(FORMAT)
            .scopes(ScopeGrammar.verbs("read", "write"))
            .limits(LIMITS, LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.RATE_LIMIT_DRAFT_11))
            .versionHeader("Acme-Version")
            .requestIds(RequestIds.random("req_", TokenBody.BASE62, 15))
            .retention(Retention.by("plan", Map.of("free", Duration.ofDays(30), "paid", Duration.ofDays(365))))
            .problemDetails(URI.create("https://docs.acme.example/problems#"))
            .standardErrors()
            .error(401, "token_revoked", "The API token was revoked.", Kind.REVOKED)
            .build();

    private Acme() {}
}
