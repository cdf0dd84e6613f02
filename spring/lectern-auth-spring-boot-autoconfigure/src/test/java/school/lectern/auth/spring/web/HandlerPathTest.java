package school.lectern.auth.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.http.RouteRules;

/** A path in another spelling than the pattern that it has reached. */
class HandlerPathTest {

    @ParameterizedTest
    @CsvSource({
        "/v1/ruled, /V1/Ruled, /v1/ruled",
        "/v1/ruled, /v1/ruled/, /v1/ruled",
        "/v1/ruled/, /v1/ruled/, /v1/ruled/",
        "/v1/{id}/part, /V1/Seven/PART, /v1/Seven/part",
        "/v1/{id}, /v1/Seven/, /v1/Seven",
        "/v1/file-{id}, /V1/File-7, /v1/File-7",
        "/v1/**, /V1/A/B/, /v1/A/B/",
        "/v1/{*rest}, /V1/A/B, /v1/A/B",
        "/**, /V1/A, /V1/A",
    })
    void is_spelled_like_it(String pattern, String path, String spelled) {
        assertThat(HandlerPath.spelledLike(pattern, path)).isEqualTo(spelled);
    }

    @Test
    void evades_the_rule_of_the_pattern_only() {
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/app/open")
                .guard("GET", "/app/v1/{id}")
                .build();
        assertThat(HandlerPath.evadesRule(rules, "GET", "/app", "/V1/7", "/v1/{id}"))
                .isTrue();
        assertThat(HandlerPath.evadesRule(rules, "GET", "/app", "/v1/7/", "/v1/{id}"))
                .isTrue();
        assertThat(HandlerPath.evadesRule(rules, "GET", "/app", "/v1/7", "/v1/{id}"))
                .isFalse();
        assertThat(HandlerPath.evadesRule(rules, "GET", "/app", "/OPEN", "/open"))
                .isFalse();
        assertThat(HandlerPath.evadesRule(rules, "GET", "/app", "/PAGE", "/page"))
                .isFalse();
        assertThat(HandlerPath.evadesRule(rules, "GET", "", "/V1/7", "/v1/{id}"))
                .isFalse();
    }
}
