package school.lectern.auth.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import school.lectern.auth.Actor;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;

/** The Java code of docs/grants.md. {@link GrantGuideTest} compares the two. */
final class GrantExamples {

    private GrantExamples() {}

    static Actor ada() {
        Grant grant = Grant.of(ScopeSet.parse("read:learners"))
                .withEnvironments(TokenEnvironment.TEST)
                .withAddresses(IpAllowlist.of(List.of(IpRange.parse("203.0.113.0/24"))))
                .withMaxLifetime(Duration.ofDays(90))
                .withRateLimits(Map.of("read", 500L));
        Actor actor = Actor.user("ada", grant);
        return actor;
    }
}
