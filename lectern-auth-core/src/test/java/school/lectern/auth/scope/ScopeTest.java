package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {

    @Test
    void text_is_action_colon_resource() {
        assertThat(Scope.of("read:learners")).isEqualTo(new Scope("read", "learners"));
        assertThat(new Scope("action_read", "learners")).hasToString("action_read:learners");
    }

    @Test
    void every_character_of_a_scope_token_but_the_colon_is_taken_and_no_other() {
        for (char c = 0; c < 0x250; c++) {
            boolean ofRfc6749 = c == 0x21 || (c >= 0x23 && c <= 0x5B) || (c >= 0x5D && c <= 0x7E);
            String part = "a" + c + "b";
            if (ofRfc6749 && c != ':') {
                assertThat(Scope.of(part + ":" + part)).isEqualTo(new Scope(part, part));
            } else {
                assertThatIllegalArgumentException().isThrownBy(() -> new Scope(part, "learners"));
                assertThatIllegalArgumentException().isThrownBy(() -> new Scope("read", part));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ":", "read", "read:", ":learners", "read:learners:all", "read: learners", "read:learners\n"})
    void text_that_is_no_scope_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Scope.of(text));
    }

    @Test
    void half_is_at_most_128_long() {
        assertThat(new Scope("a".repeat(128), "b".repeat(128)).action()).hasSize(128);
        assertThatIllegalArgumentException().isThrownBy(() -> new Scope("a".repeat(129), "b"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Scope("a", "b".repeat(129)));
    }

    @Test
    void order_is_by_resource_and_then_by_action() {
        assertThat(Stream.of("write:a", "read:b", "read:a", "admin:c")
                        .map(Scope::of)
                        .sorted())
                .extracting(Scope::toString)
                .containsExactly("read:a", "write:a", "read:b", "admin:c");
    }
}
