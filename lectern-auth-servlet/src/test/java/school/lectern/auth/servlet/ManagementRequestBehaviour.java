package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.dialect.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.TokenBody;
import school.lectern.auth.token.TokenFormat;

/** What a request to the management API must be apart from its fields, and how long lists are sent. */
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

    /** Content whose length its sender does not know before. */
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
    void parameter_that_cannot_be_what_it_is_for_is_refused(String query) throws IOException {
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

    @Test
    void metadata_has_at_most_8_kB_in_all_and_bounds_what_a_list_takes() {
        String fits = metadata(15, 500, "v", 8192);
        create(fits).isOk();
        create(metadata(15, 500, "v", 8193)).isInvalid("metadata");
        create(metadata(50, 500, "v", 50 * 502)).isInvalid("metadata");
        create(metadata(3, 500, "\ud83d\ude00", 3 * 2002)).isOk();
        create(metadata(5, 500, "\ud83d\ude00", 5 * 2002)).isInvalid("metadata");
        JsonNode token = get(TOKENS, ADMINISTRATOR).json().get(1);
        manage("PUT", path(token), metadata(50, 500, "v", 50 * 502)).isInvalid("metadata");
        manage("PUT", path(token), "{\"name\":\"x\"}").isOk();
    }

    /** The body of a creation with so many entries; values are cut so that names and values have so many bytes in all. */
    private static String metadata(int entries, int length, String character, int bytes) {
        List<String> all = new ArrayList<>();
        int left = bytes;
        for (int i = 10; i < 10 + entries && left > 2; i++) {
            int each = character.getBytes(StandardCharsets.UTF_8).length;
            int size = Math.min(length, (left - 2) / each);
            all.add("\"" + i + "\":\"" + character.repeat(size) + "\"");
            left -= 2 + size * each;
        }
        for (int i = 60; left > 2; i++) {
            int size = Math.min(500, left - 2);
            all.add("\"" + i + "\":\"" + "v".repeat(size) + "\"");
            left -= 2 + size;
        }
        return "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"metadata\":{" + String.join(",", all) + "}}";
    }

    @Test
    void long_list_is_read_in_parts_and_sent_whole() {
        IntStream.range(0, 65).forEach(i -> issue("123", settings -> settings.name("t" + i)));
        store.calls.set(0);
        JsonNode list = get(TOKENS + "?limit=64", ADMINISTRATOR).isOk().json();
        assertThat(list.findValuesAsText("name"))
                .isEqualTo(IntStream.range(0, 64).mapToObj(i -> "t" + (64 - i)).collect(Collectors.toList()));
        assertThat(store.calls).as("a plan, and parts of 20").hasValue(5);
    }

    @Test
    void list_that_breaks_in_its_middle_does_not_look_whole() {
        String metadata = "v".repeat(500);
        IntStream.range(0, 100)
                .forEach(i -> issue(
                        "123",
                        settings -> settings.metadata(IntStream.range(0, 15)
                                .boxed()
                                .collect(Collectors.toMap(n -> "k" + n, n -> metadata)))));
        store.breakAfter(4, new StorageException("planned"));
        assertThatThrownBy(() -> get(TOKENS, ADMINISTRATOR)).hasCauseInstanceOf(IOException.class);
        store.breakAfter(1, new StorageException("planned"));
        get(TOKENS, ADMINISTRATOR).isError(500, "internal_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acme inc",
                "m\u00fcller",
                "\u6771\u4eac \u5927\u5b66",
                "\ud83d\ude00",
                "a>b<c",
                "a\"b",
                "a,b",
                "a'b(c)*!$&+=:@",
                "a?b#c",
                "~-._",
            })
    void link_leads_to_the_next_page_whatever_the_tenant_is_called(String tenant) {
        renamed.put(tenant, "123");
        issue(tenant, UnaryOperator.identity());
        String newest = issue(tenant, UnaryOperator.identity()).stored().id();
        String list = "/api/v1/orgs/" + NextPage.encode(tenant) + "/api-tokens?limit=1";
        Reply first = get(list, ADMINISTRATOR).isOk();
        String link = first.header("Link");
        assertThat(link).matches("<[!-~&&[^<>\"]]+>; rel=\"next\"");
        String target = link.substring(1, link.indexOf('>'));
        assertThat(URI.create(target).getPath()).isEqualTo("/api/v1/orgs/" + tenant + "/api-tokens");
        Reply second = get(target, ADMINISTRATOR).isOk();
        assertThat(first.json().findValuesAsText("token_uuid")).containsExactly(newest);
        assertThat(second.json()).hasSize(1);
        assertThat(second.json().findValuesAsText("token_uuid")).doesNotContain(newest);
        assertThat(second.headers()).doesNotContainKey("link");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/app", "/my%20app", "/m%C3%BCller"})
    void link_starts_with_the_path_of_the_application(String path) throws Exception {
        stop();
        String decoded = URI.create(path).getPath();
        serveIn(Lectern.DIALECT, application -> application.in(decoded));
        issue("read:learners");
        issue("read:learners");
        String link = get(path + TOKENS + "?limit=1", ADMINISTRATOR).isOk().header("Link");
        String target = link.substring(1, link.indexOf('>'));
        assertThat(URI.create(target).getPath()).isEqualTo(decoded + TOKENS);
        assertThat(get(target, ADMINISTRATOR).isOk().json()).hasSize(1);
    }

    @Test
    void parts_of_a_token_are_shown_as_they_were_generated() throws Exception {
        stop();
        TokenFormat format = TokenFormat.builder()
                .publicKey("pk_", TokenBody.of(TokenBody.BASE62, 20), "::")
                .prefix("sk_")
                .body(TokenBody.of(TokenBody.BASE62, 43))
                .build();
        serveIn(Lectern.DIALECT.toBuilder().format(format).build(), UnaryOperator.identity());
        JsonNode token = created();
        assertThat(token.path("public_key").asText()).matches("pk_[0-9A-Za-z]{20}");
        assertThat(token.path("secret_key").asText()).matches("sk_[0-9A-Za-z]{43}");
        assertThat(token.path("token").asText())
                .isEqualTo(token.path("public_key").asText() + "::"
                        + token.path("secret_key").asText());
        assertThat(works(token)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740993",
                "1e400",
                "1e999999999",
                "-1e999999999",
                "1.0",
                "123456789012345678901234567890",
                "0.1e1",
                "-0"
            })
    void number_that_is_none_of_permits_or_seconds_is_refused_and_never_rounded(String number) {
        JsonNode token = created();
        create("{\"name\":\"x\",\"scopes\":[\"read:a\"],\"rate_limits\":{\"read\":" + number + "}}")
                .isInvalid("rate_limits");
        if (!number.matches("-?[0-9]{1,16}")) {
            manage("POST", path(token, "rotate"), "{\"overlap_seconds\":" + number + "}")
                    .isInvalid("overlap_seconds");
            assertThat(kept(token).path("successor_uuid").isNull()).isTrue();
        }
        assertThat(tokens()).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "9007199254740991, 9007199254740991",
        "9007199254740992, '\"9007199254740992\"'",
        "9007199254740993, '\"9007199254740993\"'",
        "999999999999999999, '\"999999999999999999\"'",
        "007, '\"007\"'"
    })
    void id_that_is_a_larger_number_than_readers_of_json_keep_is_written_as_text(String tenant, String written) {
        renamed.put(tenant, "123");
        issue(tenant, UnaryOperator.identity());
        String list = get("/api/v1/orgs/" + tenant + "/api-tokens", ADMINISTRATOR)
                .isOk()
                .body();
        assertThat(list).contains("\"org_id\":" + written + ",");
    }
}
