package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GrantTest {

    @Test
    void what_is_handed_on_and_what_exceeds_partition_the_wish() {
        RandomScopes random = new RandomScopes(1);
        int cut = 0;
        for (int round = 0; round < 2_000; round++) {
            ScopeSet ceiling = random.set();
            ScopeSet wanted = random.set();
            Set<Scope> handedOn =
                    new HashSet<>(Grant.of(ceiling).attenuate(wanted).scopes());
            Set<Scope> excess = new HashSet<>(Grant.of(ceiling).excess(wanted).scopes());

            Set<Scope> expected = new HashSet<>(wanted.scopes());
            expected.retainAll(ceiling.scopes());
            assertThat(handedOn).isEqualTo(expected);
            assertThat(excess).noneMatch(handedOn::contains);
            Set<Scope> both = new HashSet<>(handedOn);
            both.addAll(excess);
            assertThat(both).isEqualTo(new HashSet<>(wanted.scopes()));
            cut += excess.isEmpty() ? 0 : 1;
        }
        assertThat(cut).isBetween(200, 1_800);
    }

    @Test
    void attenuating_twice_is_attenuating_by_both() {
        RandomScopes random = new RandomScopes(2);
        for (int round = 0; round < 1_000; round++) {
            Grant first = Grant.of(random.set());
            Grant second = Grant.of(random.set());
            ScopeSet wanted = random.set();
            ScopeSet held = second.attenuate(first.attenuate(wanted));
            assertThat(held).isEqualTo(first.attenuate(second.attenuate(wanted)));
            assertThat(first.ceiling().orElseThrow().covers(held)).isTrue();
            assertThat(second.ceiling().orElseThrow().covers(held)).isTrue();
        }
    }

    @Test
    void grant_of_nothing_hands_on_nothing() {
        ScopeSet wanted = ScopeSet.parse("read:learners");

        assertThat(Grant.of(ScopeSet.none()).attenuate(wanted)).isEqualTo(ScopeSet.none());
        assertThat(Grant.of(ScopeSet.none()).excess(wanted)).isEqualTo(wanted);
        assertThat(Grant.of(ScopeSet.none()).ceiling()).contains(ScopeSet.none());
    }

    @Test
    void grant_of_a_name_without_actions_hands_on_nothing_of_it() {
        Grant named = Grant.of(ScopeSet.parse(":courses"));

        assertThat(named.attenuate(ScopeSet.parse("read:courses")).isEmpty()).isTrue();
        assertThat(named.excess(ScopeSet.parse("read:courses"))).hasToString("read:courses");
    }

    @Test
    void grant_of_everything_hands_on_the_wish_whole() {
        ScopeSet wanted = ScopeSet.parse("read:learners :courses");

        assertThat(Grant.everything().attenuate(wanted)).isEqualTo(wanted);
        assertThat(Grant.everything().excess(wanted)).isEqualTo(ScopeSet.none());
        assertThat(Grant.everything().ceiling()).isEmpty();
    }
}
