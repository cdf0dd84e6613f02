package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.Lectern;

/** The requirements of a request to the management API, except for its fields. */
abstract class ManagementRequestBehaviour extends ManagedBehaviour {

    private static final String VALID = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}";

    @BeforeEach
    void serve() throws Exception {
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    private Reply post(String path, BodyPublisher body, String... headers) {
        return send("POST", path, body, and(headers, ADMINISTRATOR));
    }

    private Reply post(String body, String... headers) {
        return post(TOKENS, BodyPublishers.ofString(body), headers);
    }

    private int tokens() {
        return get(TOKENS, ADMINISTRATOR).isOk().json().size();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "text/plain;charset=utf-8",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/problem+json",
                "application/vnd.api+json",
                "application/jsonp",
                "application/json5",
                "text/json",
                "*/*",
                "application/json, text/plain",
                "application/json; charset=iso-8859-1",
                "application/json; charset=utf-16",
                "application/json; charset=\"UTF-16\"",
                "application/json; charset=utf-8; charset=utf-16",
                "application/json; charset",
                "application/json charset=utf-8",
                "json",
            })
    void content_of_another_type_is_refused_and_nothing_is_done(String type) {
        JsonNode token = created();
        String header = "Content-Type: " + type;
        post(VALID, header).isInvalid("Content-Type");
        send("PUT", path(token), BodyPublishers.ofString("{\"name\":\"New\"}"), ADMINISTRATOR, header)
                .isInvalid("Content-Type");
        for (String action : List.of("rotate", "regenerate")) {
            post(path(token, action), BodyPublishers.ofString("{}"), header).isInvalid("Content-Type");
            post(path(token, action), BodyPublishers.noBody(), header).isInvalid("Content-Type");
        }
        send("DELETE", path(token), BodyPublishers.ofString("x"), ADMINISTRATOR, header)
                .isInvalid("Content-Type");
        assertThat(works(token)).isTrue();
        assertThat(kept(token).path("name").asText()).isEqualTo("CI");
        assertThat(tokens()).isOne();
    }

    @Test
    void content_without_a_type_or_with_two_is_refused() throws IOException {
        post(VALID).isInvalid("Content-Type");
        rawWithBody("POST " + TOKENS, VALID, ADMINISTRATOR, JSON_BODY, JSON_BODY)
                .isInvalid("Content-Type");
        rawWithBody("POST " + TOKENS, VALID, ADMINISTRATOR, "Content-Type:").isInvalid("Content-Type");
        assertThat(tokens()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON",
                "application/json;charset=utf-8",
                "application/json; charset=UTF-8",
                "application/json ; charset=\"utf-8\" ;",
                "application/json; profile=\"a;b\"; charset=utf-8",
            })
    void json_is_read_with_any_parameters_that_do_not_change_its_encoding(String type) {
        post(VALID.replace("CI", "m\u00fcller"), "Content-Type: " + type).isOk();
        assertThat(get(TOKENS, ADMINISTRATOR).json().get(0).path("name").asText())
                .isEqualTo("m\u00fcller");
    }

    @Test
    void no_content_needs_no_type() throws IOException {
        JsonNode token = created();
        token = post(path(token, "regenerate"), BodyPublishers.noBody()).isOk().json();
        raw("POST " + path(token, "regenerate"), ADMINISTRATOR).isOk();
        token = raw("POST " + path(token, "rotate"), ADMINISTRATOR, "Content-Length: 0")
                .isOk()
                .json();
        token = post(path(token, "rotate"), BodyPublishers.noBody(), JSON_BODY)
                .isOk()
                .json();
        call("DELETE", path(token), ADMINISTRATOR, "Content-Type: text/plain").isOk();
        get(TOKENS, ADMINISTRATOR, "Content-Type: text/plain").isOk();
    }

    @Test
    void operation_without_fields_takes_an_empty_object_and_no_other() {
        JsonNode token = created();
        post(path(token, "regenerate"), BodyPublishers.ofString("{\"name\":\"x\"}"), JSON_BODY)
                .isInvalid("body");
        send("DELETE", path(token), BodyPublishers.ofString("{\"reason\":\"x\"}"), ADMINISTRATOR, JSON_BODY)
                .isInvalid("body");
        assertThat(works(token)).isTrue();
        post(path(token, "regenerate"), BodyPublishers.ofString("{}"), JSON_BODY)
                .isOk();
        send("DELETE", path(token), BodyPublishers.ofString("{}"), ADMINISTRATOR, JSON_BODY)
                .isOk();
    }

    @Test
    void compressed_content_is_refused() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(VALID.getBytes(StandardCharsets.UTF_8));
        }
        post(TOKENS, BodyPublishers.ofByteArray(packed.toByteArray()), JSON_BODY, "Content-Encoding: gzip")
                .isInvalid("Content-Encoding");
        post(VALID, JSON_BODY, "Content-Encoding: br").isInvalid("Content-Encoding");
        assertThat(tokens()).isZero();
        post(VALID, JSON_BODY, "Content-Encoding: identity").isOk();
    }

    @Test
    void byte_order_mark_is_ignored_and_another_encoding_is_named() {
        post("\ufeff" + VALID, JSON_BODY).isOk();
        assertThat(post("\ufeff\ufeff" + VALID, JSON_BODY).isInvalid("body").body())
                .contains("one JSON object");
        for (Charset other : List.of(StandardCharsets.UTF_16, StandardCharsets.ISO_8859_1)) {
            byte[] body = VALID.replace("CI", "m\u00fcller").getBytes(other);
            assertThat(post(TOKENS, BodyPublishers.ofByteArray(body), JSON_BODY)
                            .isInvalid("body")
                            .body())
                    .contains("UTF-8");
        }
        assertThat(tokens()).isOne();
    }

    @Test
    void each_fault_of_a_body_has_a_message_of_its_own() throws IOException {
        assertThat(post("[]", JSON_BODY).isInvalid("body").body()).contains("must be a JSON object");
        assertThat(post("{", JSON_BODY).isInvalid("body").body()).contains("one JSON object");
        assertThat(post("{\"name\":1,\"name\":1}", JSON_BODY).isInvalid("body").body())
                .contains("no name twice");
        assertThat(post(" ".repeat(256 * 1024 + 1), JSON_BODY).isInvalid("body").body())
                .contains("at most 256 KiB");
        if (answersBrokenBodies()) {
            assertThat(rawBrokenOff("POST " + TOKENS, VALID, ADMINISTRATOR, JSON_BODY, "Content-Length: 500")
                            .isInvalid("body")
                            .body())
                    .contains("before it was complete");
        }
    }

    @Test
    void chunked_content_has_the_same_bound() {
        String padded = VALID + " ".repeat(256 * 1024 - VALID.length());
        post(TOKENS, chunked(padded + " "), JSON_BODY).isInvalid("body");
        post(TOKENS, chunked(padded.repeat(20)), JSON_BODY).isInvalid("body");
        assertThat(tokens()).isZero();
        post(TOKENS, chunked(padded), JSON_BODY).isOk();
    }

    /** Returns a body whose length is not known in advance. */
    private static BodyPublisher chunked(String body) {
        return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api-tokens?owner=nobody",
                "GET /api-tokens?Limit=5",
                "GET /api-tokens?page",
                "GET /api-tokens?limit=5&offset=1",
                "GET /api-tokens/{token}?fields=name",
                "POST /api-tokens?name=x",
                "POST /api-tokens?limit=1",
                "PUT /api-tokens/{token}?force=true",
                "DELETE /api-tokens/{token}?dry_run=true",
                "POST /api-tokens/{token}/regenerate?limit=1",
                "POST /api-tokens/{token}/rotate?overlap_seconds=60",
                "GET /audit?since=x",
                "GET /audit?limit=1",
                "GET /audit?token_id=x&format=csv",
            })
    void unknown_parameter_is_refused_and_nothing_is_done(String route) {
        JsonNode token = created();
        String[] words =
                route.replace("{token}", token.path("token_uuid").asText()).split(" ");
        BodyPublisher body = words[0].equals("PUT") || words[1].startsWith("/api-tokens?")
                ? BodyPublishers.ofString(VALID)
                : BodyPublishers.noBody();
        boolean create = route.startsWith("POST /api-tokens?") || words[0].equals("PUT");
        Reply reply = send(
                words[0],
                ORG + words[1],
                create ? body : BodyPublishers.noBody(),
                create ? new String[] {ADMINISTRATOR, JSON_BODY} : new String[] {ADMINISTRATOR});
        reply.isError(422, "validation_failed");
        assertThat(reply.body()).contains("is not a parameter of this operation");
        assertThat(works(token)).isTrue();
        assertThat(tokens()).isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=1&limit=1",
                "limit=1&limit=2",
                "cursor=5&cursor=5",
                "limit=",
                "limit",
                "cursor=",
                "cursor",
                "cursor=-1",
                "cursor=x",
                "cursor=1e3",
                "cursor=9223372036854775808",
                "limit=%31%",
                "limit=%zz",
                "limit=%C0%B1",
                "limit=1%00",
                "%ff=1",
                "limit=+1",
                "limit=\u0661",
            })
    void invalid_parameter_value_is_refused(String query) throws IOException {
        created();
        Reply reply = raw(
                "GET " + TOKENS + "?" + new String(query.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1),
                ADMINISTRATOR);
        assertThat(reply.status()).as(reply.body()).isIn(422, 400);
        assertThat(reply.headers()).doesNotContainKey("link");
    }

    @Test
    void parameter_in_a_form_is_none_of_the_query() {
        created();
        Reply reply = send(
                "GET",
                TOKENS,
                BodyPublishers.ofString("limit=0"),
                ADMINISTRATOR,
                "Content-Type: application/x-www-form-urlencoded");
        reply.isInvalid("Content-Type");
    }

    @Test
    void name_of_an_unknown_parameter_is_repeated_only_where_it_is_a_plain_word() {
        String secret = created().path("token").asText();
        assertThat(get(TOKENS + "?" + secret + "=1", ADMINISTRATOR)
                        .isInvalid("query")
                        .body())
                .doesNotContain(secret);
        get(TOKENS + "?%0D%0AX-Injected=1", ADMINISTRATOR).isInvalid("query");
        get(TOKENS + "?owner=nobody", ADMINISTRATOR).isInvalid("owner");
    }

    @Test
    void empty_query_is_none() throws IOException {
        created();
        for (String query : List.of("?", "?&", "?limit=1&", "?&&limit=1")) {
            assertThat(raw("GET " + TOKENS + query, ADMINISTRATOR).isOk().json())
                    .hasSize(1);
        }
    }
}
