package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.Lectern;

/** The allowed values of each field of a creation's body. A rejected body creates nothing. */
abstract class ManagementFormBehaviour extends ManagedBehaviour {

    private boolean refusalsOnly = true;

    @BeforeEach
    void serve() throws Exception {
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    @AfterEach
    void nothing_was_created_that_was_refused() {
        if (refusalsOnly) {
            assertThat(rows("123", false)).isEmpty();
        }
    }

    /** Sends a creation that is valid except for this field. */
    private Reply with(String field, String json) {
        String name = field.equals("name") ? "" : "\"name\":\"CI\",";
        String scopes = field.equals("scopes") ? "" : "\"scopes\":[\"read:learners\"],";
        return create("{" + name + scopes + "\"" + field + "\":" + json + "}");
    }

    private JsonNode accepted(String field, String json) {
        refusalsOnly = false;
        return kept(with(field, json).isOk().json()).path(field);
    }

    private static String text(int length) {
        return "\"" + "\ud83d\ude00".repeat(length) + "\"";
    }

    @Test
    void name_is_required() {
        create("{\"scopes\":[\"read:learners\"]}").isInvalid("name");
    }

    @Test
    void name_and_scopes_are_asked_for_together() {
        create("{}").isInvalid("name", "scopes");
        create("").isInvalid("name", "scopes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "null", "1", "true", "[]", "{}", "\"a\\u0000b\"", "\"a\\nb\"", "\"\\ud800\""})
    void wrong_name_is_refused(String json) {
        with("name", json).isInvalid("name");
    }

    @Test
    void name_has_at_most_a_hundred_characters() {
        with("name", text(101)).isInvalid("name");
        with("name", "\"" + "a".repeat(101) + "\"").isInvalid("name");
        assertThat(accepted("name", text(100)).asText()).hasSize(200);
    }

    @Test
    void description_has_at_most_five_hundred_characters() {
        with("description", text(501)).isInvalid("description");
        with("description", "\"\"").isInvalid("description");
        with("description", "1").isInvalid("description");
        with("description", "[]").isInvalid("description");
        with("description", "\"a\\u0000b\"").isInvalid("description");
        assertThat(accepted("description", text(500)).asText()).hasSize(1000);
        assertThat(accepted("description", "\"two\\nlines\"").asText()).isEqualTo("two\nlines");
        assertThat(accepted("description", "null").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"name", "description", "environment", "expires_at", "ip_allowlist", "rate_limits", "metadata"})
    void empty_text_is_refused_in_every_field(String field) {
        with(field, "\"\"").isInvalid(field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"name", "description", "expires_at", "ip_allowlist", "rate_limits", "metadata"})
    void empty_text_is_refused_in_every_field_of_an_update(String field) {
        refusalsOnly = false;
        JsonNode token = created();
        JsonNode before = kept(token);
        manage("PUT", path(token), "{\"" + field + "\":\"\"}").isInvalid(field);
        assertThat(kept(token)).isEqualTo(before);
    }

    @Test
    void scopes_are_required() {
        create("{\"name\":\"CI\"}").isInvalid("scopes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "{}",
                "\"read:learners\"",
                "[\"READ:learners\"]",
                "[\"Read:learners\"]",
                "[\"read:Learners\"]",
                "[\" read:learners\"]",
                "[\"read:learners \"]",
                "[\"read: learners\"]",
                "[\"read:learners write:learners\"]",
                "[\"read:\"]",
                "[\":learners\"]",
                "[\"read\"]",
                "[\"\"]",
                "[\"*\"]",
                "[\"read:*\"]",
                "[\"*:learners\"]",
                "[\"update:learners\"]",
                "[\"admin:learners\"]",
                "[\"read:tenant\"]",
                "[\"read:a:b\"]",
                "[\"read:1a\"]",
                "[\"read:l\u0435arners\"]",
                "[1]",
                "[true]",
                "[null]",
                "[[\"read:learners\"]]",
                "[\"read:learners\",\"nonsense\"]",
            })
    void wrong_scopes_are_refused(String json) {
        with("scopes", json).isInvalid("scopes");
    }

    @Test
    void resources_have_at_most_64_characters_and_tokens_at_most_200_scopes() {
        with("scopes", "[\"read:" + "a".repeat(65) + "\"]").isInvalid("scopes");
        with("scopes", scopes(201)).isInvalid("scopes");
        accepted("scopes", "[\"read:" + "a".repeat(64) + "\"]");
        assertThat(accepted("scopes", scopes(200))).hasSize(200);
        assertThat(accepted("scopes", "[\"admin:tenant\",\"read:a\",\"read:a\"]"))
                .hasSize(2);
    }

    private static String scopes(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"read:r" + i + "\"")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rights", "token", "token_uuid", "org_id", "is_active", "id", "overlap_seconds"})
    void unknown_field_is_refused_by_its_name(String field) {
        with(field, "{}").isInvalid(field);
        with(field, "null").isInvalid(field);
    }

    @Test
    void unknown_field_with_an_odd_name_is_not_repeated() {
        Reply reply = with("<script>\\u0000", "1").isInvalid("body");
        assertThat(reply.body()).doesNotContain("script");
        with("a".repeat(65), "1").isInvalid("body");
        with("", "1").isInvalid("body");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"prod\"", "\"LIVE\"", "\"Test\"", "\"\"", "1", "true", "[\"test\"]", "{}"})
    void wrong_environment_is_refused(String json) {
        with("environment", json).isInvalid("environment");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"2026-05-07T13:23:20.250Z\"",
                "\"2026-05-07T13:23:20.249Z\"",
                "\"2020-01-01T00:00:00Z\"",
                "\"2026-05-07T14:23:20+02:00\"",
                "\"2027-01-01T00:00:00\"",
                "\"2027-01-01 00:00:00Z\"",
                "\"2027-01-01T24:00:00Z\"",
                "\"2027-01-01T25:00:00Z\"",
                "\"2027-01-01T23:60:00Z\"",
                "\"2027-01-01T23:59:60Z\"",
                "\"2027-01-01\"",
                "\"2027-01-01T00:00Z\"",
                "\"2027-02-30T00:00:00Z\"",
                "\"2026-02-30T00:00:00Z\"",
                "\"2027-13-01T00:00:00Z\"",
                "\"2027-00-10T00:00:00Z\"",
                "\"2027-01-01T00:00:00+24:00\"",
                "\"2027-01-01T00:00:00+23:60\"",
                "\"2027-01-01T00:00:000Z\"",
                "\"2027-01-01T00:00:00.Z\"",
                "\"2027-01-01T00:00:00+0100\"",
                "\"2027-01-01T00:00:00+01\"",
                "\"2027-01-01T00:00:00[UTC]\"",
                "\"2027-01-01T00:00:00Z[UTC]\"",
                "\"10000-01-01T00:00:00Z\"",
                "\"+10000-01-01T00:00:00Z\"",
                "\"9999-12-31T23:59:59-18:00\"",
                "\"-2027-01-01T00:00:00Z\"",
                "\"\u0662027-01-01T00:00:00Z\"",
                "\" 2027-01-01T00:00:00Z\"",
                "\"tomorrow\"",
                "\"\"",
                "1798761600",
                "true",
                "[]",
                "{}",
            })
    void wrong_end_is_refused(String json) {
        with("expires_at", json).isInvalid("expires_at");
    }

    @Test
    void end_is_read_with_any_offset_and_shown_in_utc() {
        assertThat(accepted("expires_at", "\"2027-01-01T00:00:00+05:30\"").asText())
                .isEqualTo("2026-12-31T18:30:00Z");
        assertThat(accepted("expires_at", "\"2027-01-02T00:00:00+19:00\"").asText())
                .isEqualTo("2027-01-01T05:00:00Z");
        assertThat(accepted("expires_at", "\"2027-01-02T00:00:00+23:59\"").asText())
                .isEqualTo("2027-01-01T00:01:00Z");
        assertThat(accepted("expires_at", "\"2027-01-01T00:00:00-23:59\"").asText())
                .isEqualTo("2027-01-01T23:59:00Z");
        assertThat(accepted("expires_at", "\"2026-05-07T13:23:20.251Z\"").asText())
                .isEqualTo("2026-05-07T13:23:20.251Z");
        assertThat(accepted("expires_at", "\"2028-02-29t00:00:00z\"").asText()).isEqualTo("2028-02-29T00:00:00Z");
        assertThat(accepted("expires_at", "\"9999-12-31T23:59:59Z\"").asText()).isEqualTo("9999-12-31T23:59:59Z");
        assertThat(accepted("expires_at", "null").isNull()).isTrue();
    }

    @Test
    void end_may_have_any_fraction_of_a_second_and_is_kept_to_the_millisecond() {
        assertThat(accepted("expires_at", "\"2027-01-01T00:00:00.5Z\"").asText())
                .isEqualTo("2027-01-01T00:00:00.500Z");
        assertThat(accepted("expires_at", "\"2027-01-01T00:00:00.1239999999Z\"").asText())
                .isEqualTo("2027-01-01T00:00:00.123Z");
        assertThat(accepted("expires_at", "\"2027-01-01T00:00:00." + "9".repeat(40) + "+01:00\"")
                        .asText())
                .isEqualTo("2026-12-31T23:00:00.999Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "\"127.0.0.1\"",
                "{}",
                "{\"a\":\"127.0.0.1\"}",
                "1",
                "true",
                "[null]",
                "[1]",
                "[\"\"]",
                "[\"10.0.0.0/33\"]",
                "[\"10.0.0.0/-1\"]",
                "[\"10.0.0.0/+8\"]",
                "[\"10.0.0.0/08\"]",
                "[\"10.0.0.0/\"]",
                "[\"10.0.0.0/\u0668\"]",
                "[\"0.0.0.0/0\"]",
                "[\"::/0\"]",
                "[\"10.0.0.1/8\"]",
                "[\"2001:db8::1/32\"]",
                "[\"::1/129\"]",
                "[\"0177.0.0.1\"]",
                "[\"127.1\"]",
                "[\"2130706433\"]",
                "[\"localhost\"]",
                "[\" 127.0.0.1\"]",
                "[\"127.0.0.1\",\"10.0.0.0/33\"]",
                "[[\"127.0.0.1\"]]",
            })
    void wrong_allowlist_is_refused(String json) {
        with("ip_allowlist", json).isInvalid("ip_allowlist");
    }

    @Test
    void allowlist_is_kept_as_it_was_written() {
        assertThat(accepted("ip_allowlist", "[\"10.0.0.0/8\",\"2001:DB8::/32\",\"127.0.0.1\"]")
                        .toString())
                .isEqualTo("[\"10.0.0.0/8\",\"2001:DB8::/32\",\"127.0.0.1\"]");
        assertThat(accepted("ip_allowlist", "null").isNull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"delete\":1}",
                "{\"READ\":1}",
                "{\"\":1}",
                "{\"read\":0}",
                "{\"read\":-1}",
                "{\"read\":1.5}",
                "{\"read\":1.0}",
                "{\"read\":1e2}",
                "{\"read\":\"1\"}",
                "{\"read\":true}",
                "{\"read\":null}",
                "{\"read\":[1]}",
                "{\"read\":1000000001}",
                "{\"read\":9223372036854775807}",
                "{\"read\":18446744073709551617}",
                "{\"read\":1,\"write\":0}",
                "[]",
                "[1]",
                "1",
                "\"read\"",
                "true",
            })
    void wrong_limits_are_refused(String json) {
        with("rate_limits", json).isInvalid("rate_limits");
    }

    @Test
    void limits_that_name_no_class_are_none() {
        assertThat(accepted("rate_limits", "{}").isNull()).isTrue();
        assertThat(accepted("rate_limits", "null").isNull()).isTrue();
        assertThat(accepted("rate_limits", "{\"write\":1000000000}").toString()).isEqualTo("{\"write\":1000000000}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1}",
                "{\"a\":true}",
                "{\"a\":null}",
                "{\"a\":{}}",
                "{\"a\":[\"b\"]}",
                "{\"a\":\"b\",\"c\":1}",
                "{\"\":\"b\"}",
                "{\"a\":\"\\u0000\"}",
                "{\"\\u0000\":\"b\"}",
                "[]",
                "[\"a\"]",
                "\"a\"",
                "1",
                "true",
            })
    void wrong_metadata_is_refused(String json) {
        with("metadata", json).isInvalid("metadata");
    }

    @Test
    void metadata_is_bounded() {
        with("metadata", "{\"a\":\"" + "b".repeat(501) + "\"}").isInvalid("metadata");
        with("metadata", "{\"" + "a".repeat(65) + "\":\"b\"}").isInvalid("metadata");
        with("metadata", entries(51)).isInvalid("metadata");
        assertThat(accepted("metadata", entries(50))).hasSize(50);
        assertThat(accepted("metadata", "null").toString()).isEqualTo("{}");
    }

    private static String entries(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"k" + i + "\":\"v\"")
                .collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void every_wrong_field_is_named() {
        create("{\"name\":1,\"scopes\":[],\"environment\":\"x\",\"expires_at\":\"x\",\"ip_allowlist\":[],\"x\":1}")
                .isInvalid("name", "environment", "expires_at", "ip_allowlist", "x");
        create("{\"name\":\"\",\"scopes\":[],\"expires_at\":\"2020-01-01T00:00:00Z\",\"rate_limits\":{\"x\":1}}")
                .isInvalid("name", "scopes", "expires_at", "rate_limits");
    }

    private static final String VALID = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}";

    static Stream<String> wrongBodies() {
        return Stream.of(
                "[]",
                "[" + VALID + "]",
                "null",
                "true",
                "1",
                "\"name\"",
                " ",
                "not json",
                "{",
                VALID + "}",
                VALID + " x",
                VALID + VALID,
                VALID + "\n1",
                "{\"name\":\"CI\",\"name\":\"CI\",\"scopes\":[\"read:learners\"]}",
                "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"metadata\":{\"a\":\"b\",\"a\":\"b\"}}",
                "{'name':'CI','scopes':['read:learners']}",
                "{name:\"CI\",\"scopes\":[\"read:learners\"]}",
                "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],}",
                "{\"name\":\"CI\",/* */\"scopes\":[\"read:learners\"]}",
                "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"rate_limits\":{\"read\":NaN}}",
                "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"rate_limits\":{\"read\":01}}",
                "name=CI&scopes=read:learners");
    }

    @ParameterizedTest
    @MethodSource("wrongBodies")
    void body_that_is_not_one_object_is_refused(String body) {
        create(body).isInvalid("body");
    }

    @Test
    void deep_body_is_refused() {
        create("[".repeat(5000) + "]".repeat(5000)).isInvalid("body");
        create("{\"metadata\":" + "{\"a\":".repeat(5000) + "1" + "}".repeat(5000) + "}")
                .isInvalid("body");
        create("{\"scopes\":" + "[".repeat(5000)).isInvalid("body");
    }

    @Test
    void body_of_more_than_256_kB_is_refused() {
        String padded = VALID + " ".repeat(256 * 1024 - VALID.length());
        create(padded + " ").isInvalid("body");
        create(padded + " ".repeat(5 * 1024 * 1024)).isInvalid("body");
        refusalsOnly = false;
        create(padded).isOk();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u00ff",
                "\u00c3\u0028",
                "\u00c0\u00af",
                "\u00ed\u00a0\u0080",
                "\u00e2\u0082",
                "\u00f4\u0090\u0080\u0080"
            })
    void body_that_is_not_utf_8_is_refused(String bytes) {
        byte[] body = VALID.replace("CI", bytes).getBytes(StandardCharsets.ISO_8859_1);
        Reply reply = send("POST", TOKENS, BodyPublishers.ofByteArray(body), ADMINISTRATOR, JSON_BODY);
        reply.isError(422, "validation_failed");
    }

    @Test
    void body_that_breaks_off_is_refused() throws Exception {
        String chunked = "Transfer-Encoding: chunked";
        for (Reply reply : List.of(
                rawBrokenOff("POST " + TOKENS, VALID, ADMINISTRATOR, JSON_BODY, "Content-Length: 500"),
                rawBrokenOff("POST " + TOKENS, "", ADMINISTRATOR, JSON_BODY, "Content-Length: 500"),
                rawBrokenOff("POST " + TOKENS, "zz\r\n" + VALID, ADMINISTRATOR, JSON_BODY, chunked),
                rawBrokenOff("POST " + TOKENS, "5\r\n" + VALID, ADMINISTRATOR, JSON_BODY, chunked),
                rawBrokenOff("POST " + TOKENS, "1\r\n{\r\n", ADMINISTRATOR, JSON_BODY, chunked))) {
            if (answersBrokenBodies()) {
                reply.isInvalid("body");
            } else {
                assertThat(reply.status()).isGreaterThanOrEqualTo(400);
            }
        }
    }

    @Test
    void errors_repeat_nothing_that_was_sent() {
        for (String field : Stream.of(
                        "name",
                        "description",
                        "scopes",
                        "environment",
                        "expires_at",
                        "ip_allowlist",
                        "rate_limits",
                        "metadata")
                .toList()) {
            Reply reply = with(field, "[[\"planted-value\"],{\"planted-key\":1}]");
            assertThat(reply.isInvalid(field).body()).doesNotContain("planted");
        }
        assertThat(create("{\"name\":\"planted-value\" planted")
                        .isInvalid("body")
                        .body())
                .doesNotContain("planted");
    }
}
