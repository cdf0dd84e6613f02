package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationTest {

    /** The rule in another form. */
    private static final Pattern AMBIGUOUS =
            Pattern.compile("[;\\\\]|//|/\\.{1,2}(/|\\z)|%(2f|5c|2e|3b|00)", Pattern.CASE_INSENSITIVE);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/../a",
                "/v1/..",
                "/v1/.",
                "/./v1",
                "//v1",
                "/v1//",
                "/a;b",
                "/a\\b",
                "/%2e/a",
                "/a%2Fb",
                "/%5C",
                "/%3b",
                "/a%00"
            })
    void a_path_that_can_be_read_in_two_ways_is_ambiguous(String path) {
        assertThat(Operation.isAmbiguous(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1/learners/7",
                "/v1/",
                "/.well-known/a",
                "/a..",
                "/...",
                "/..a/b",
                "/%20",
                "/a%",
                "/%2",
                "/a.b/c."
            })
    void a_path_that_can_be_read_in_one_way_is_not_ambiguous(String path) {
        assertThat(Operation.isAmbiguous(path)).isFalse();
    }

    @Test
    void the_characters_decide_like_a_regular_expression() {
        Random random = new Random(7);
        String characters = "//..a%25cCeEfF30;\\b";
        int ambiguous = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder path = new StringBuilder("/");
            int length = random.nextInt(7);
            for (int k = 0; k < length; k++) {
                path.append(characters.charAt(random.nextInt(characters.length())));
            }
            boolean expected = AMBIGUOUS.matcher(path).find();
            assertThat(Operation.isAmbiguous(path.toString()))
                    .as(path.toString())
                    .isEqualTo(expected);
            ambiguous += expected ? 1 : 0;
        }
        assertThat(ambiguous).isBetween(20_000, 80_000);
    }
}
