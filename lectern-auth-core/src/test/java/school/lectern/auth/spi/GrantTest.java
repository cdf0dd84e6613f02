package school.lectern.auth.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;

class GrantTest {

    private static final ScopeSet LEARNERS = ScopeSet.parse("read:learners");
    private static final IpAllowlist OFFICE = IpAllowlist.of(List.of(IpRange.parse("203.0.113.0/24")));

    @Test
    void a_grant_of_scopes_bounds_these_and_the_rate_limits() {
        Grant grant = Grant.of(LEARNERS);

        assertThat(grant.scopes()).contains(LEARNERS);
        assertThat(grant.environments()).isEmpty();
        assertThat(grant.addresses()).isEmpty();
        assertThat(grant.maxLifetime()).isEmpty();
        assertThat(grant.rateLimits()).contains(Map.of());
    }

    @Test
    void each_bound_is_added_to_the_others_and_leaves_the_first_grant_as_it_was() {
        Grant first = Grant.of(LEARNERS);
        Grant bounded = first.withEnvironments(TokenEnvironment.TEST)
                .withAddresses(OFFICE)
                .withMaxLifetime(Duration.ofDays(90))
                .withRateLimits(Map.of("read", 5L));

        assertThat(bounded.scopes()).contains(LEARNERS);
        assertThat(bounded.environments()).contains(Set.of(TokenEnvironment.TEST));
        assertThat(bounded.addresses()).contains(OFFICE);
        assertThat(bounded.maxLifetime()).contains(Duration.ofDays(90));
        assertThat(bounded.rateLimits()).contains(Map.of("read", 5L));
        assertThat(bounded.withAnyRateLimits().rateLimits()).isEmpty();
        assertThat(first).hasToString(Grant.of(LEARNERS).toString());
    }

    @Test
    void everything_has_no_bound_and_nothing_has_no_environment() {
        assertThat(Grant.everything())
                .hasToString("Grant[scopes=any, environments=any, addresses=any, maxLifetime=any, rateLimits=any]");
        assertThat(Grant.nothing().environments()).contains(Set.of());
    }

    @Test
    void bounds_that_bound_nothing_or_everything_are_refused() {
        Grant grant = Grant.everything();
        assertThatThrownBy(grant::withEnvironments)
                .hasMessage("environments must name at least one; Grant.nothing() covers no token");
        for (Duration lifetime : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
            assertThatThrownBy(() -> grant.withMaxLifetime(lifetime))
                    .hasMessage("maxLifetime must be positive, was " + lifetime);
        }
        for (long permits : new long[] {0, -1, RateLimit.MAX_PERMITS + 1}) {
            assertThatThrownBy(() -> grant.withRateLimits(Map.of("read", permits)))
                    .hasMessage("rateLimits must be from 1 to 1000000000, was " + permits + " for read");
        }
    }
}
