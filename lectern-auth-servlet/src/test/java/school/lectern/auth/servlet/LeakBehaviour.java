package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;

/** A token's secret appears only in the response that issues it, through every operation. */
abstract class LeakBehaviour extends ManagedBehaviour {

    private final List<Reply> answers = new ArrayList<>();

    @BeforeEach
    void serve() throws Exception {
        learners = (request, response) -> {
            LoggerFactory.getLogger("school.lectern.application")
                    .info("{} {}", LecternAuthFilter.findPrincipal(request), request.getUserPrincipal());
            if ("throw".equals(request.getHeader("X-Wish"))) {
                throw new IllegalStateException("planned, for " + LecternAuthFilter.findPrincipal(request));
            }
            response.getOutputStream().print("fine");
        };
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    private Reply noted(Reply reply) {
        answers.add(reply);
        return reply;
    }

    @Test
    void secret_is_in_no_log_no_audit_row_and_no_other_answer() throws Exception {
        List<String> secrets = new ArrayList<>();
        LoggerFactory.getLogger("school.lectern.application").trace("at the finest level");
        live(secrets);
        assertThat(log.text())
                .contains("at the finest level", "could not be evaluated", "TokenPrincipal[apitoken_")
                .contains("planned", "management request");
        List<AuditEvent> rows = new ArrayList<>(rows("123", true));
        rows.addAll(rows("123", false));
        assertThat(rows).hasSizeGreaterThan(10);
        List<String> seen = new ArrayList<>(log.text().lines().toList());
        rows.forEach(row -> seen.add(row.toString()));
        answers.forEach(answer -> seen.add(answer.toString()));

        assertThat(secrets).hasSize(3);
        for (String secret : secrets) {
            String body = secret.substring("sk_live_lectern_".length());
            String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.US_ASCII));
            for (String part : List.of(body.substring(4), body.substring(6, 26), encoded)) {
                assertThat(seen.stream().filter(text -> text.contains(part)))
                        .as("outputs that contain a secret")
                        .isEmpty();
            }
        }
    }

    @Test
    void secret_in_the_place_of_a_fields_name_is_not_repeated() {
        JsonNode token = created();
        String secret = token.path("token").asText();
        assertThat(manage("PUT", path(token), "{\"" + secret + "\":1}")
                        .isInvalid("body")
                        .body())
                .doesNotContain(secret);
    }

    @Test
    void capturing_sees_a_leak() {
        LoggerFactory.getLogger(LeakBehaviour.class).trace("leaked {}", "canary");
        assertThat(log.text()).contains("leaked canary");
    }

    /** Takes a token through every operation. All responses are recorded, except those that issue a secret. */
    private void live(List<String> secrets) throws IOException {
        JsonNode token = create("{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"rate_limits\":{\"read\":3}}")
                .isOk()
                .json();
        String secret = token.path("token").asText();
        secrets.add(secret);

        noted(get("/v1/learners", bearer(token))).isOk();
        noted(get("/v1/learners", bearer(token), "X-Wish: throw"));
        noted(get("/v1/learners", bearer(token))).isOk();
        noted(get("/v1/learners", bearer(token))).isError(429, "rate_limited");
        noted(get("/v1/nothing", bearer(token))).isError(404, "not_found");
        noted(get(TOKENS, bearer(token))).isError(403, "insufficient_scope");
        noted(get("/v1/learners", bearer(token), "Lectern-Version: " + secret)).isInvalid("Lectern-Version");
        for (String header : List.of(
                "Authorization: " + secret,
                "Authorization: Basic " + secret,
                "Authorization: Token " + secret,
                "Authorization: Bearer\t" + secret,
                "Authorization: Bearer " + secret + "," + secret,
                "Authorization: Bearer " + secret + "\u007f",
                "Authorization: Bearer " + secret + "a",
                "Cookie: token=" + secret,
                "X-Request-Id: " + secret,
                "X-Forwarded-For: " + secret,
                "Lectern-Version: " + secret)) {
            noted(raw("GET /v1/learners", header));
            noted(raw("GET " + TOKENS, header));
        }
        noted(raw("GET /v1/learners", bearer(token), bearer(token))).isUnauthorized(true);
        noted(raw("GET /v1/learners?access_token=" + secret)).isUnauthorized(false);
        noted(raw("GET /v1/learners?access_token=" + secret, bearer(token))).isError(429, "rate_limited");
        noted(rawWithBody(
                        "POST /v1/learners",
                        "access_token=" + secret,
                        "Content-Type: application/x-www-form-urlencoded"))
                .isUnauthorized(false);

        for (Breakable<?> part : List.of(store, limits, audit)) {
            for (Throwable fault : List.of(
                    new StorageException("planned", new IllegalStateException("planned cause")),
                    new StackOverflowError("planned"))) {
                part.breakWith(fault);
                clock.advance(Duration.ofMinutes(1));
                assertThat(noted(get("/v1/learners", bearer(token))).status()).isEqualTo(500);
                noted(get("/v1/nothing", bearer(token)));
                noted(get(path(token), ADMINISTRATOR));
                part.mend();
            }
            part.breakWith(new StorageException("planned"));
            noted(create("{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}"));
            noted(get(path(token), ADMINISTRATOR));
            noted(get(ORG + "/audit", ADMINISTRATOR));
            part.mend();
        }

        for (String field :
                List.of("description", "scopes", "environment", "expires_at", "ip_allowlist", "rate_limits", "x")) {
            noted(manage("PUT", path(token), "{\"" + field + "\":[\"" + secret + "\"]}"))
                    .isInvalid(field);
        }
        noted(create(secret)).isInvalid("body");
        noted(create("{\"name\":\"" + secret)).isInvalid("body");
        noted(get(TOKENS + "?limit=" + secret, ADMINISTRATOR)).isInvalid("limit");
        noted(get(ORG + "/audit?from=" + secret, ADMINISTRATOR)).isInvalid("from");

        JsonNode second =
                call("POST", path(token, "regenerate"), ADMINISTRATOR).isOk().json();
        secrets.add(second.path("token").asText());
        noted(get("/v1/learners", bearer(token))).isUnauthorized(true);
        JsonNode third = manage("POST", path(token, "rotate"), "{\"overlap_seconds\":1}")
                .isOk()
                .json();
        secrets.add(third.path("token").asText());
        noted(manage("POST", path(token, "rotate"), "{}")).isError(409, "conflict");
        clock.advance(Duration.ofSeconds(1));
        noted(get("/v1/learners", bearer(second))).isUnauthorized(true);
        noted(get("/v1/learners", bearer(third))).isOk();
        noted(manage("PUT", path(third), "{\"name\":\"x\",\"ip_allowlist\":[\"10.0.0.0/8\"]}"))
                .isOk();
        noted(get("/v1/learners", bearer(third))).isUnauthorized(true);
        noted(call("DELETE", path(third), ADMINISTRATOR)).isOk();
        noted(get("/v1/learners", bearer(third))).isUnauthorized(true);
        noted(get(path(third), ADMINISTRATOR)).isOk();
        noted(get(TOKENS, ADMINISTRATOR)).isOk();
        noted(get(ORG + "/audit", ADMINISTRATOR)).isOk();
        noted(get(ORG + "/audit?format=csv", ADMINISTRATOR)).isOk();
        noted(send("POST", TOKENS, BodyPublishers.noBody(), bearer(third))).isUnauthorized(true);
    }
}
