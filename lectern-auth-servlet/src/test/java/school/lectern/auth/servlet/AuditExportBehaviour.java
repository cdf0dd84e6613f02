package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.StorageException;

/** The export of an organization's audit log. */
abstract class AuditExportBehaviour extends ManagedBehaviour {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AUDIT = ORG + "/audit";

    @BeforeEach
    void serve() throws Exception {
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    private List<JsonNode> export(String query) {
        Reply reply = get(AUDIT + query, ADMINISTRATOR).isOk();
        assertThat(reply.header("Content-Type")).isEqualTo("application/x-ndjson");
        assertThat(reply.body())
                .satisfiesAnyOf(
                        body -> assertThat(body).isEmpty(),
                        body -> assertThat(body).endsWith("\n"));
        return reply.body().lines().map(AuditExportBehaviour::parse).toList();
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + line, malformed);
        }
    }

    private List<JsonNode> calls(String query) {
        return export(query).stream().filter(row -> !row.has("event")).toList();
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Waits until no call is open: a status is written in the background. */
    private void settle() {
        Patience.await().until(() -> rows("123", true).stream().noneMatch(row -> row.status() == null));
    }

    @Test
    void every_call_of_a_proven_token_is_one_row_with_the_answers_request_id() throws Exception {
        JsonNode token = created();
        List<Reply> replies = List.of(
                get("/v1/learners?secret=1", bearer(token)).isOk(),
                call("POST", "/v1/learners", bearer(token)).isOk(),
                get("/v1/nothing", bearer(token)).isError(404, "not_found"),
                get("/v1/learners", bearer(token), "Lectern-Version: x").isInvalid("Lectern-Version"),
                get(TOKENS, bearer(token)).isError(403, "insufficient_scope"));
        get("/v1/learners").isUnauthorized(false);
        get("/v1/learners", UNKNOWN_TOKEN).isUnauthorized(true);
        get(TOKENS).isUnauthorized(false);
        settle();

        List<JsonNode> rows = calls("");
        assertThat(rows).hasSize(5);
        for (int i = 0; i < 5; i++) {
            JsonNode row = rows.get(i);
            assertThat(row.path("request_id").asText()).isEqualTo(replies.get(i).header("X-Request-Id"));
            assertThat(row.path("status").isIntegralNumber()).isTrue();
            assertThat(row.path("status").asInt()).isEqualTo(replies.get(i).status());
            assertThat(row.path("tenant_id").asText()).isEqualTo("123");
            assertThat(row.path("token_id")).isEqualTo(token.path("token_uuid"));
            assertThat(row.path("timestamp").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
            assertThat(fields(row))
                    .startsWith("request_id", "tenant_id", "token_id", "method", "endpoint", "status", "timestamp");
        }
        assertThat(rows.stream().map(row -> row.path("method").asText()))
                .containsExactly("GET", "POST", "GET", "GET", "GET");
        assertThat(rows.stream().map(row -> row.path("endpoint").asText()))
                .containsExactly("/v1/learners", "/v1/learners", "/v1/nothing", "/v1/learners", TOKENS);
    }

    @Test
    void refusal_of_a_token_that_was_proven_is_a_row_too() {
        JsonNode token = created();
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        Reply reply = get("/v1/learners", bearer(token)).isUnauthorized(true);
        assertThat(calls("")).singleElement().satisfies(row -> {
            assertThat(row.path("request_id").asText()).isEqualTo(reply.header("X-Request-Id"));
            assertThat(row.path("status").asInt()).isEqualTo(401);
            assertThat(row.path("token_id")).isEqualTo(token.path("token_uuid"));
        });
    }

    @Test
    void every_change_of_a_token_is_a_row_with_its_event() {
        JsonNode token = created();
        List<Reply> replies = List.of(
                manage("PUT", path(token), "{\"name\":\"New\",\"metadata\":{}}").isOk(),
                call("POST", path(token, "regenerate"), ADMINISTRATOR).isOk(),
                manage("POST", path(token, "rotate"), "{}").isOk(),
                call("DELETE", path(token), ADMINISTRATOR).isOk());
        create("{}").isInvalid("name", "scopes");
        call("DELETE", path(token), ADMINISTRATOR).isError(404, "not_found");

        List<JsonNode> rows = export("");
        assertThat(rows.stream().map(row -> row.path("event").asText()))
                .containsExactly(
                        "token.issued",
                        "token.updated",
                        "token.regenerated",
                        "token.rotated",
                        "token.issued",
                        "token.revoked");
        for (JsonNode row : rows) {
            assertThat(fields(row))
                    .startsWith(
                            "request_id",
                            "tenant_id",
                            "token_id",
                            "method",
                            "endpoint",
                            "status",
                            "timestamp",
                            "event");
            assertThat(row.path("status").asInt()).isEqualTo(200);
            assertThat(row.path("actor").asText()).isEqualTo("7");
        }
        assertThat(rows.get(1).path("request_id").asText())
                .isEqualTo(replies.get(0).header("X-Request-Id"));
        assertThat(rows.get(1).path("details").path("changed").asText()).isEqualTo("metadata,name");
        assertThat(rows.get(3).path("request_id"))
                .isEqualTo(rows.get(4).path("request_id"))
                .hasToString('"' + replies.get(2).header("X-Request-Id") + '"');
        assertThat(rows.get(3).path("token_id")).isEqualTo(token.path("token_uuid"));
        assertThat(rows.get(3).path("details").path("successor"))
                .isEqualTo(rows.get(4).path("token_id"))
                .isEqualTo(replies.get(2).json().path("token_uuid"));
        assertThat(rows.get(5).path("method").asText()).isEqualTo("DELETE");
        assertThat(rows.get(5).path("endpoint").asText()).isEqualTo(path(token));
    }

    @Test
    void change_that_no_request_asked_for_has_none() {
        issue("read:learners");
        assertThat(export("")).singleElement().satisfies(row -> {
            for (String field : List.of("request_id", "method", "endpoint", "status", "actor")) {
                assertThat(row.path(field).isNull()).as(field).isTrue();
            }
            assertThat(row.path("event").asText()).isEqualTo("token.issued");
        });
    }

    @Test
    void status_is_null_while_a_call_is_open_and_only_then() throws Exception {
        JsonNode token = created();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        learners = (request, response) -> {
            entered.countDown();
            try {
                leave.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            response.setStatus(204);
        };
        CompletableFuture<Reply> call = CompletableFuture.supplyAsync(() -> get("/v1/learners", bearer(token)));
        assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(calls("")).singleElement().satisfies(row -> {
            assertThat(row.has("status")).isTrue();
            assertThat(row.path("status").isNull()).isTrue();
        });
        assertThat(get(AUDIT + "?format=csv", ADMINISTRATOR).body())
                .contains(",GET,/v1/learners,,2026-05-07T13:23:20.250Z,");
        leave.countDown();
        assertThat(call.get(60, TimeUnit.SECONDS).status()).isEqualTo(204);
        settle();
        assertThat(calls(""))
                .singleElement()
                .satisfies(row -> assertThat(row.path("status").asInt()).isEqualTo(204));
    }

    @Test
    void csv_has_a_head_line_and_the_same_rows() throws Exception {
        JsonNode token = created();
        Reply reply = get("/v1/a,%22b%22", bearer(token)).isError(404, "not_found");
        settle();
        Reply export = get(AUDIT + "?format=csv", ADMINISTRATOR).isOk();
        assertThat(export.header("Content-Type")).isEqualToIgnoringCase("text/csv;charset=utf-8");
        String[] lines = export.body().split("\r\n", -1);
        assertThat(lines).hasSize(4);
        assertThat(lines[0])
                .isEqualTo(
                        "request_id,tenant_id,token_id,method,endpoint,status,timestamp,event,decision,actor,details,"
                                + "count,first_at,last_at");
        assertThat(lines[1])
                .matches("req_[0-9A-Za-z]{15},123," + token.path("token_uuid").asText() + ",POST," + TOKENS
                        + ",200,2026-05-07T13:23:20.250Z,token.issued,,7,\\{},,,");
        assertThat(lines[2])
                .isEqualTo(reply.header("X-Request-Id") + ",123,"
                        + token.path("token_uuid").asText()
                        + ",GET,\"/v1/a,\"\"b\"\"\",404,2026-05-07T13:23:20.250Z,,denied:NOT_FOUND,,,,,");
        assertThat(lines[3]).isEmpty();
    }

    @Test
    void period_starts_with_from_and_ends_before_to() throws Exception {
        JsonNode token = created();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clock.advance(Duration.ofSeconds(1));
            ids.add(get("/v1/learners", bearer(token)).isOk().header("X-Request-Id"));
        }
        settle();
        assertThat(ids("?from=2026-05-07T13:23:22.250Z&to=2026-05-07T13:23:24.250Z"))
                .isEqualTo(ids.subList(1, 3));
        assertThat(ids("?from=2026-05-07T13:23:22.251Z&to=2026-05-07T13:23:24.251Z"))
                .isEqualTo(ids.subList(2, 4));
        assertThat(ids("?from=2026-05-07T15:23:22.250%2B02:00")).isEqualTo(ids.subList(1, 4));
        assertThat(ids("?to=2026-05-07T13:23:22.25Z")).isEqualTo(ids.subList(0, 1));
        assertThat(ids("?from=2026-05-07T13:23:24.251Z")).isEmpty();
        assertThat(ids("?from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")).isEmpty();
        assertThat(ids("?format=ndjson")).isEqualTo(ids);
        assertThat(ids("?from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z")).isEqualTo(ids);
    }

    private List<String> ids(String query) {
        return calls(query).stream().map(row -> row.path("request_id").asText()).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-05-07",
                "2026-05-07T13:23:20",
                "2026-05-07T24:00:00Z",
                "2026-02-30T00:00:00Z",
                "2026-05-07T13:23:60Z",
                "2026-05-07T13:23:20+02:00",
                "10000-01-01T00:00:00Z",
                "1778160200",
                "now"
            })
    void time_that_is_none_is_refused(String time) {
        get(AUDIT + "?from=" + time, ADMINISTRATOR).isInvalid("from");
        get(AUDIT + "?to=" + time, ADMINISTRATOR).isInvalid("to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "xml", "CSV", "NDJSON", "json", "csv%20"})
    void unknown_format_is_refused(String format) {
        get(AUDIT + "?format=" + format, ADMINISTRATOR).isInvalid("format");
    }

    @Test
    void rows_of_other_organizations_are_absent() throws Exception {
        JsonNode own = created();
        JsonNode foreign = manage(
                        "POST", "/api/v1/orgs/456/api-tokens", "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}")
                .isOk()
                .json();
        get("/v1/learners", bearer(own)).isOk();
        get("/v1/learners", bearer(foreign)).isOk();
        get(TOKENS, bearer(foreign)).isError(403, "insufficient_scope");
        settle();
        assertThat(export("")).hasSize(2).allSatisfy(row -> {
            assertThat(row.path("tenant_id").asText()).isEqualTo("123");
            assertThat(row.path("token_id")).isEqualTo(own.path("token_uuid"));
        });
        assertThat(get("/api/v1/orgs/456/audit", READER).isOk().body().lines()).hasSize(3);
    }

    /** Follows the link that an export returned. */
    private Reply follow(Reply export) {
        Matcher link = Pattern.compile("<([^>]*)>; rel=\"next\"").matcher(export.header("Link"));
        assertThat(link.matches()).as(export.header("Link")).isTrue();
        return get(link.group(1), ADMINISTRATOR).isOk();
    }

    private static List<String> tokenIds(Reply export) {
        return export.body()
                .lines()
                .map(line -> parse(line).path("token_id").asText())
                .toList();
    }

    @Test
    void an_export_that_goes_on_by_its_link_has_each_row_once() {
        String first = created().path("token_uuid").asText();
        Reply start = get(AUDIT + "?cursor=", ADMINISTRATOR).isOk();
        // A node whose clock is behind writes an earlier time later than another node writes a later time.
        clock.advance(Duration.ofHours(-1));
        String second = created().path("token_uuid").asText();
        Reply next = follow(start);
        Reply end = follow(next);
        String third = created().path("token_uuid").asText();

        assertThat(start.header("Content-Type")).isEqualTo("application/x-ndjson");
        assertThat(tokenIds(start)).containsExactly(first);
        assertThat(tokenIds(next)).containsExactly(second);
        assertThat(end.body()).isEmpty();
        assertThat(tokenIds(follow(end))).containsExactly(third);
        assertThat(tokenIds(follow(next))).as("the same link again").containsExactly(third);
    }

    @Test
    void a_long_log_is_followed_whole() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            expected.add(issue("read:learners").id());
        }
        Reply whole = get(AUDIT + "?cursor=", ADMINISTRATOR).isOk();
        assertThat(tokenIds(whole)).isEqualTo(expected);
        assertThat(follow(whole).body()).isEmpty();
    }

    @Test
    void a_link_keeps_the_format_and_the_tenant() {
        created();
        Reply start = get(AUDIT + "?format=csv&cursor=", ADMINISTRATOR).isOk();
        Reply next = follow(start);
        assertThat(start.body().lines()).hasSize(2);
        assertThat(next.header("Content-Type")).isEqualToIgnoringCase("text/csv;charset=utf-8");
        assertThat(next.body().lines()).hasSize(1);
        assertThat(get("/api/v1/orgs/456/audit?cursor=", ADMINISTRATOR).isOk().body())
                .isEmpty();
    }

    @Test
    void a_cursor_that_no_export_returned_is_refused() {
        for (String cursor : List.of("x", "1.2.3", "2026-05-07T13:23:20Z", "%20")) {
            get(AUDIT + "?cursor=" + cursor, ADMINISTRATOR).isInvalid("cursor");
        }
        get(AUDIT + "?cursor=&from=2026-05-07T13:23:20Z", ADMINISTRATOR).isInvalid("cursor");
        get(AUDIT + "?cursor=&to=2026-05-07T13:23:20Z", ADMINISTRATOR).isInvalid("cursor");
    }

    @Test
    void an_aggregate_of_refused_calls_has_their_count_and_the_first_and_last_time() {
        Instant first = clock.instant();
        audit.part.append(AuditEvent.builder("aggregate", first, AuditEvent.CALL, "denied:RATE_LIMITED")
                .tenantId("123")
                .tokenId("apitoken_7")
                .status(429)
                .aggregate(new AuditEvent.Aggregate(9_940, first.plusMillis(30_000)))
                .build());

        assertThat(calls("")).singleElement().satisfies(row -> {
            assertThat(fields(row))
                    .containsExactly(
                            "request_id",
                            "tenant_id",
                            "token_id",
                            "method",
                            "endpoint",
                            "status",
                            "timestamp",
                            "decision",
                            "count",
                            "first_at",
                            "last_at");
            assertThat(row.path("count").longValue()).isEqualTo(9_940);
            assertThat(row.path("first_at").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
            assertThat(row.path("last_at").asText()).isEqualTo("2026-05-07T13:23:50.250Z");
        });
        assertThat(get(AUDIT + "?format=csv", ADMINISTRATOR).isOk().body())
                .endsWith(",123,apitoken_7,,,429,2026-05-07T13:23:20.250Z,,denied:RATE_LIMITED,,,9940,"
                        + "2026-05-07T13:23:20.250Z,2026-05-07T13:23:50.250Z\r\n");
    }

    @Test
    void empty_log_is_an_empty_export() {
        assertThat(export("")).isEmpty();
        assertThat(get(AUDIT + "?format=csv", ADMINISTRATOR).isOk().body().lines())
                .hasSize(1);
    }

    @Test
    void long_log_is_exported_whole_and_in_order() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            expected.add(issue("read:learners").id());
        }
        assertThat(export("").stream().map(row -> row.path("token_id").asText()))
                .isEqualTo(expected);
    }

    @Test
    void row_of_another_tenant_is_a_server_error_and_is_not_shown() {
        issue("456", settings -> settings);
        audit.answerWith("read", CursorPage.of(rows("456", false), "1"));
        for (String format : List.of("ndjson", "csv")) {
            get(ORG + "/audit?format=" + format, ADMINISTRATOR).isError(500, "internal_error");
        }
    }

    @Test
    void broken_log_is_a_server_error_in_the_envelope() {
        audit.breakWith(new StorageException("planned"));
        for (String format : List.of("csv", "ndjson")) {
            Reply reply = get(AUDIT + "?format=" + format, ADMINISTRATOR).isError(500, "internal_error");
            assertThat(reply.body()).doesNotContain("planned");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"csv", "ndjson"})
    void log_that_breaks_midway_does_not_look_like_a_whole_export(String format) {
        for (int i = 0; i < 1_001; i++) {
            issue("read:learners");
        }
        audit.breakAfter(1, new StorageException("planned"));
        assertThatThrownBy(() -> get(AUDIT + "?format=" + format, ADMINISTRATOR))
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void csv_holds_nothing_that_a_spreadsheet_runs() throws Exception {
        JsonNode token = created();
        for (String method : List.of("+cmd|calc", "-cmd", "'x", "=x")) {
            raw(method + " /v1/learners", bearer(token));
        }
        settle();
        List<String> methods =
                calls("").stream().map(row -> row.path("method").asText()).toList();
        assertThat(methods).as("methods that the container passes on").isNotEmpty();
        List<String> lines = get(AUDIT + "?format=csv", ADMINISTRATOR)
                .isOk()
                .body()
                .lines()
                .skip(2)
                .toList();
        assertThat(lines).hasSameSizeAs(methods);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i).split(",")[3]).isEqualTo("'" + methods.get(i));
        }
    }

    @Test
    void invisible_characters_are_escaped_in_exports() throws Exception {
        JsonNode token = created();
        String path = "/v1/a\u202eb\u200bc\u2066d";
        get("/v1/a%E2%80%AEb%E2%80%8Bc%E2%81%A6d", bearer(token)).isError(404, "not_found");
        settle();
        for (String format : List.of("csv", "ndjson")) {
            String body = get(AUDIT + "?format=" + format, ADMINISTRATOR).isOk().body();
            assertThat(body).doesNotContain("\u202e", "\u200b", "\u2066").contains("/v1/a\\u202eb\\u200bc\\u2066d");
        }
        assertThat(calls(""))
                .singleElement()
                .satisfies(row -> assertThat(row.path("endpoint").asText()).isEqualTo(path));
    }

    @Test
    void secret_in_a_path_is_in_no_row() throws Exception {
        JsonNode token = created();
        String secret = token.path("token").asText();
        String hidden = secret.substring("sk_live_lectern_".length() + 4);
        get("/v1/learners/" + secret, bearer(token)).isError(404, "not_found");
        get("/v1/" + secret + "x/y", bearer(token)).isError(404, "not_found");
        get("/v1/x" + secret.substring(0, 40), bearer(token)).isError(404, "not_found");
        get("/v1/%73k_live_lectern_" + secret.substring(16), bearer(token)).isError(404, "not_found");
        call("DELETE", TOKENS + "/" + secret, ADMINISTRATOR).isError(404, "not_found");
        get("/api/v1/orgs/" + secret + "/audit", bearer(token)).isError(403, "insufficient_scope");
        settle();
        assertThat(rows("123", true))
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.toString())
                        .contains("sk_live_lectern_[redacted]")
                        .doesNotContain(hidden.substring(0, 12)));
        for (String format : List.of("csv", "ndjson")) {
            assertThat(get(AUDIT + "?format=" + format, ADMINISTRATOR).isOk().body())
                    .doesNotContain(hidden.substring(0, 12));
        }
    }
}
