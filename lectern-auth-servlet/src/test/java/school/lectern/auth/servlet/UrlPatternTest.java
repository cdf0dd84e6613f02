package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UrlPatternTest {

    @ParameterizedTest
    @CsvSource({
        "/*, /v1/x, true",
        "/, /v1/x, true",
        "*.html, /v1/x, true",
        "/v1/*, /v1/x, true",
        "/v1/*, /v1, true",
        "/v1/*, /v1/{id}/more, true",
        "/v1/*, /**, true",
        "/v1/x/*, /v1/**, true",
        "/v1/x/*, /v1/{id}, true",
        "/v1/x, /v1/{id}, true",
        "/v1/x, /v1/**, true",
        "/v1, /v1/**, true",
        "/v1/x, /v1/x, true",
        "/v2/*, /v1/x, false",
        "/v1/x/*, /v1, false",
        "/v1/x/y/*, /v1/{id}, false",
        "/v1/x, /v1/x/y, false",
        "/v1, /v1/x, false",
        "/v1/x, /v1, false",
        "/v1/*, /, false",
        "/v1/, /v1/{id}, false",
        "//b, /{v}/b, false",
        "/v1/*, /v1/{id}, true"
    })
    void pattern_and_path_of_a_rule_are_compared(String pattern, String rulePath, boolean canMatch) {
        assertThat(new UrlPattern(pattern).canMatch(rulePath)).isEqualTo(canMatch);
    }
}
