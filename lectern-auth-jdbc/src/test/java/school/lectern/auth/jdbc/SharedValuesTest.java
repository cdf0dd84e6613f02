package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.scope.ScopeSet;

class SharedValuesTest {

    private final SharedValues values = new SharedValues();

    @Test
    void equal_texts_give_the_same_value() {
        assertThat(values.scopes(new String("read:learners"))).isSameAs(values.scopes(new String("read:learners")));
        assertThat(values.allowlist("10.0.0.0/8")).isSameAs(values.allowlist(new String("10.0.0.0/8")));
        assertThat(values.tenant("123")).isSameAs(values.tenant(new String("123")));
    }

    @Test
    void the_number_of_values_is_bounded_whatever_is_read() {
        List<ScopeSet> first = IntStream.range(0, 5_000).mapToObj(this::scopes).toList();
        Set<ScopeSet> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        IntStream.range(0, 5_000).mapToObj(this::scopes).forEach(kept::add);
        kept.retainAll(first.stream()
                .collect(Collectors.toCollection(() -> Collections.newSetFromMap(new IdentityHashMap<>()))));
        assertThat(kept).hasSizeLessThanOrEqualTo(512);
    }

    private ScopeSet scopes(int number) {
        return values.scopes("read:r" + number);
    }

    @Test
    void long_texts_are_parsed_each_time_and_not_retained() {
        String text =
                IntStream.range(0, 100).mapToObj(i -> "10.0." + i + ".0/24").collect(Collectors.joining(" "));
        assertThat(values.allowlist(text)).isEqualTo(values.allowlist(text)).isNotSameAs(values.allowlist(text));
    }

    @Test
    void a_value_that_cannot_be_parsed_is_an_error_each_time() {
        for (int i = 0; i < 2; i++) {
            assertThatIllegalArgumentException().isThrownBy(() -> values.allowlist("10.0.0.0/33"));
        }
    }
}
