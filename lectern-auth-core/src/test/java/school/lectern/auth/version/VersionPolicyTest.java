package school.lectern.auth.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionPolicyTest {

    private static final ApiVersion OLD = ApiVersion.of("2025-07-01");
    private static final ApiVersion NEW = ApiVersion.of("2026-01-01");
    private static final VersionPolicy POLICY = VersionPolicy.released(NEW, OLD);
    private static final Supplier<Optional<ApiVersion>> NOT_TO_BE_ASKED = () -> {
        throw new AssertionError("the tenant's version was requested");
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

    /** Or was never released, if a directory is wrong. */
    @Test
    void the_version_of_a_tenant_is_not_served_when_it_is_not_released_any_more() {
        VersionPolicy later = VersionPolicy.released(NEW);
        assertThat(later.resolve(List.of(), () -> Optional.of(OLD))).isEmpty();
        assertThat(later.resolve(List.of(NEW.toString()), NOT_TO_BE_ASKED)).contains(NEW);
    }

    @Test
    void request_without_a_pin_gets_the_version_of_its_tenant() {
        assertThat(POLICY.resolve(List.of(), () -> Optional.of(OLD))).contains(OLD);
        assertThat(POLICY.resolve(List.of(), () -> Optional.of(NEW))).contains(NEW);
        assertThat(POLICY.resolve(List.of(), Optional::empty)).isEmpty();
    }

    @Test
    void policy_has_released_at_least_one_version_and_none_twice() {
        assertThatIllegalArgumentException().isThrownBy(VersionPolicy::released);
        assertThatIllegalArgumentException().isThrownBy(() -> VersionPolicy.released(OLD, NEW, OLD));
    }

    // How versions are retired

    private static final Instant JUNE = Instant.parse("2023-06-30T23:59:59Z");
    private static final Instant A_YEAR_LATER = Instant.parse("2024-06-30T23:59:59Z");
    private static final URI GUIDE = URI.create("https://docs.example/migrating");
    private static final URI LIFECYCLE = URI.create("/lifecycle");

    @Test
    void deprecation_and_sunset_have_the_form_of_rfc_9745() {
        assertThat(POLICY.deprecate(OLD, JUNE).sunset(OLD, A_YEAR_LATER).headers(OLD))
                .containsExactly(entry("Deprecation", "@1688169599"), entry("Sunset", "Sun, 30 Jun 2024 23:59:59 GMT"));
    }

    @Test
    void documents_are_linked_in_one_header() {
        VersionPolicy policy = POLICY.sunset(OLD, A_YEAR_LATER, LIFECYCLE).deprecate(OLD, JUNE, GUIDE);

        assertThat(policy.headers(OLD))
                .containsExactly(
                        entry("Deprecation", "@1688169599"),
                        entry("Sunset", "Sun, 30 Jun 2024 23:59:59 GMT"),
                        entry(
                                "Link",
                                "<https://docs.example/migrating>; rel=\"deprecation\", </lifecycle>; rel=\"sunset\""));
    }

    @Test
    void deprecation_and_sunset_can_be_used_alone() {
        assertThat(POLICY.deprecate(OLD, JUNE, GUIDE).headers(OLD))
                .containsExactly(
                        entry("Deprecation", "@1688169599"),
                        entry("Link", "<https://docs.example/migrating>; rel=\"deprecation\""));
        assertThat(POLICY.sunset(OLD, A_YEAR_LATER, LIFECYCLE).headers(OLD))
                .containsExactly(
                        entry("Sunset", "Sun, 30 Jun 2024 23:59:59 GMT"),
                        entry("Link", "</lifecycle>; rel=\"sunset\""));
    }

    @Test
    void a_link_is_written_in_ascii() {
        assertThat(POLICY.deprecate(OLD, JUNE, URI.create("https://docs.example/\u00e9"))
                        .headers(OLD))
                .containsEntry("Link", "<https://docs.example/%C3%A9>; rel=\"deprecation\"");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-09-01T00:00:00.999Z, 'Tue, 01 Sep 2026 00:00:00 GMT'",
        "2026-12-31T23:59:59Z,     'Thu, 31 Dec 2026 23:59:59 GMT'",
        "2027-05-09T08:07:06Z,     'Sun, 09 May 2027 08:07:06 GMT'",
        "9999-12-31T23:59:59Z,     'Fri, 31 Dec 9999 23:59:59 GMT'",
    })
    void a_sunset_is_an_http_date(Instant at, String date) {
        assertThat(POLICY.sunset(OLD, at).headers(OLD)).containsEntry("Sunset", date);
    }

    @Test
    void a_sunset_that_no_http_date_can_express_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> POLICY.sunset(OLD, Instant.parse("+10000-01-01T00:00:00Z")))
                .withMessageStartingWith("sunset must ");
    }

    @Test
    void a_sunset_before_the_deprecation_is_refused_whichever_is_said_first() {
        VersionPolicy deprecated = POLICY.deprecate(OLD, A_YEAR_LATER);
        VersionPolicy sunset = POLICY.sunset(OLD, JUNE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> deprecated.sunset(OLD, JUNE))
                .withMessageStartingWith("sunset must ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sunset.deprecate(OLD, A_YEAR_LATER))
                .withMessageStartingWith("sunset must ");
        assertThat(deprecated.sunset(OLD, A_YEAR_LATER).headers(OLD)).containsOnlyKeys("Deprecation", "Sunset");
        assertThat(deprecated.sunset(NEW, JUNE).headers(NEW)).containsOnlyKeys("Sunset");
    }

    @Test
    void a_version_that_is_not_released_cannot_go() {
        ApiVersion never = ApiVersion.of("2024-01-01");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> POLICY.deprecate(never, JUNE))
                .withMessageContaining("2024-01-01");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> POLICY.sunset(never, JUNE))
                .withMessageContaining("2024-01-01");
    }

    @Test
    void a_policy_stays_as_it_was_and_a_version_is_deprecated_once() {
        VersionPolicy going = POLICY.deprecate(OLD, JUNE, GUIDE);

        assertThat(POLICY.headers(OLD)).isEmpty();
        assertThat(going.headers(NEW)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> going.deprecate(OLD, A_YEAR_LATER))
                .withMessageStartingWith("deprecate must be called once for a version");
    }

    @Test
    void a_version_past_its_sunset_is_served_while_it_is_released() {
        VersionPolicy past = POLICY.sunset(OLD, Instant.EPOCH);

        assertThat(past.resolve(List.of("2025-07-01"), NOT_TO_BE_ASKED)).contains(OLD);
        assertThat(past.resolve(List.of(), () -> Optional.of(OLD))).contains(OLD);
    }
}
