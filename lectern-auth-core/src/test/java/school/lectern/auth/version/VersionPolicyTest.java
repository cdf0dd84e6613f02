package school.lectern.auth.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionPolicyTest {

    private static final ApiVersion OLD = ApiVersion.of("2025-07-01");
    private static final ApiVersion NEW = ApiVersion.of("2026-01-01");
    private static final VersionPolicy POLICY = VersionPolicy.released(NEW, OLD);
    private static final Supplier<ApiVersion> NOT_TO_BE_ASKED = () -> {
        throw new AssertionError("the tenant's version was asked for");
    };

    @ParameterizedTest
    @ValueSource(strings = {"2025-07-01", "2026-01-01"})
    void released_pin_applies_and_the_tenant_is_not_asked(String pin) {
        assertThat(POLICY.resolve(List.of(pin), NOT_TO_BE_ASKED)).contains(ApiVersion.of(pin));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-07-02", "2025-12-31", "2026-01-02", "2024-01-01", "9999-12-31"})
    void unreleased_pin_is_refused_and_the_tenant_is_not_asked(String pin) {
        assertThat(POLICY.resolve(List.of(pin), NOT_TO_BE_ASKED)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "2026-1-1", " 2026-01-01", "2026-01-01 ", "2026-02-30", "2026-01-0\u0661", "latest"})
    void malformed_pin_is_refused_and_the_tenant_is_not_asked(String pin) {
        assertThat(POLICY.resolve(List.of(pin), NOT_TO_BE_ASKED)).isEmpty();
    }

    @Test
    void two_pins_are_refused_even_if_they_agree() {
        assertThat(POLICY.resolve(List.of("2026-01-01", "2026-01-01"), NOT_TO_BE_ASKED))
                .isEmpty();
        assertThat(POLICY.resolve(List.of("2026-01-01", "2025-07-01"), NOT_TO_BE_ASKED))
                .isEmpty();
        assertThat(POLICY.resolve(List.of("", "2026-01-01"), NOT_TO_BE_ASKED)).isEmpty();
        assertThat(POLICY.resolve(List.of("2026-01-01, 2025-07-01"), NOT_TO_BE_ASKED))
                .isEmpty();
    }

    @Test
    void request_without_a_pin_gets_the_version_of_its_tenant() {
        assertThat(POLICY.resolve(List.of(), () -> OLD)).contains(OLD);
        assertThat(POLICY.resolve(List.of(), () -> NEW)).contains(NEW);
    }

    @Test
    void policy_has_released_at_least_one_version_and_none_twice() {
        assertThatIllegalArgumentException().isThrownBy(VersionPolicy::released);
        assertThatIllegalArgumentException().isThrownBy(() -> VersionPolicy.released(OLD, NEW, OLD));
    }
}
