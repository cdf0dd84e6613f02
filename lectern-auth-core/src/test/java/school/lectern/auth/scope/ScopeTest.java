package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "repo",
                "read_api",
                "repo:status",
                "chat:write.public",
                "admin:org",
                "*",
                "admin:*",
                "read:learners:all",
                "https://www.googleapis.com/auth/drive",
                "a"
            })
    void name_is_free(String name) {
        assertThat(Scope.of(name)).isEqualTo(new Scope(name)).hasToString(name);
    }

    @Test
    void halves_are_before_and_after_the_first_colon() {
        assertThat(Scope.of("action_read:learners").action()).isEqualTo("action_read");
        assertThat(Scope.of("action_read:learners").resource()).isEqualTo("learners");
        assertThat(Scope.of("a:b:c").action()).isEqualTo("a");
        assertThat(Scope.of("a:b:c").resource()).isEqualTo("b:c");
        assertThat(Scope.of("repo").action()).isEmpty();
        assertThat(Scope.of("repo").resource()).isEqualTo("repo");
        assertThat(Scope.of("read", "learners")).isEqualTo(Scope.of("read:learners"));
    }

    @Test
    void every_character_of_a_scope_token_is_taken_and_no_other() {
        for (char c = 0; c < 0x250; c++) {
            boolean ofRfc6749 = c == 0x21 || (c >= 0x23 && c <= 0x5B) || (c >= 0x5D && c <= 0x7E);
            String name = "a" + c + "b";
            if (ofRfc6749) {
                assertThat(Scope.of(name).name()).isEqualTo(name);
            } else {
                assertThatIllegalArgumentException().isThrownBy(() -> Scope.of(name));
            }
            if (!ofRfc6749 || c == ':') {
                assertThatIllegalArgumentException().isThrownBy(() -> Scope.of(name, "learners"));
                assertThatIllegalArgumentException().isThrownBy(() -> Scope.of("read", name));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "read:", ":learners", "::", "read: learners", "read:learners\n", "a b"})
    void text_that_is_no_scope_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Scope.of(text));
        assertThat(Scope.isName(text)).isFalse();
    }

    @Test
    void name_is_at_most_two_halves_of_128_and_a_colon() {
        String longest = "a".repeat(128) + ":" + "b".repeat(128);
        assertThat(Scope.of("a".repeat(128), "b".repeat(128))).hasToString(longest);
        assertThat(Scope.of("a".repeat(257)).name()).hasSize(257);
        assertThatIllegalArgumentException().isThrownBy(() -> Scope.of("a".repeat(258)));
        assertThatIllegalArgumentException().isThrownBy(() -> Scope.of("a".repeat(129), "b"));
        assertThatIllegalArgumentException().isThrownBy(() -> Scope.of("a", "b".repeat(129)));
    }

    @Test
    void order_is_by_resource_and_then_by_action() {
        assertThat(Stream.of("write:a", "read:b", "read:a", "admin:c", "b", "read2:a", "read-:a")
                        .map(Scope::of)
                        .sorted())
                .extracting(Scope::toString)
                .containsExactly("read:a", "read-:a", "read2:a", "write:a", "b", "read:b", "admin:c");
    }

    @Test
    void order_is_that_of_the_halves_and_agrees_with_equality() {
        Random random = new Random(7);
        List<String> parts = List.of("a", "b", "ab", "a-", "A", "a:b", "~");
        for (int round = 0; round < 5_000; round++) {
            Scope one = random(parts, random);
            Scope two = random(parts, random);
            int byResource = one.resource().compareTo(two.resource());
            int expected = byResource != 0 ? byResource : one.action().compareTo(two.action());

            assertThat(Integer.signum(one.compareTo(two))).isEqualTo(Integer.signum(expected));
            assertThat(one.compareTo(two) == 0).isEqualTo(one.equals(two));
        }
    }

    private static Scope random(List<String> parts, Random random) {
        String resource = parts.get(random.nextInt(parts.size()));
        return Scope.of(random.nextBoolean() ? resource : parts.get(random.nextInt(parts.size())) + ":" + resource);
    }
}
