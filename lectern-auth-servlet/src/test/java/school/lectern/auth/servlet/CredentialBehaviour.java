package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.token.IssuedToken;

/** Which forms of the {@code Authorization} header are accepted, and which are rejected, over a real connection. */
abstract class CredentialBehaviour extends Behaviour {

    private IssuedToken token;
    private IssuedToken other;

    @BeforeEach
    void serve() throws Exception {
        token = issue("read:learners");
        other = issue("read:learners");
        handle("/api/x", says("x"));
        start(RouteRules.builder().guard("*", "/api/x", Requirement.scope("read:learners")));
    }

    /**
     * Sends the header with each of these values, in which <code>{t}</code> and <code>{u}</code> are placeholders for two valid
     * tokens.
     */
    private Reply authorization(String... values) throws IOException {
        List<String> headers = new ArrayList<>();
        for (String value : values) {
            headers.add("Authorization:" + value);
        }
        return raw("GET /api/x", filled(headers.toArray(String[]::new)));
    }

    private String[] filled(String... texts) {
        return Stream.of(texts)
                .map(text -> text.replace("{t}", token.secret().expose())
                        .replace("{u}", other.secret().expose()))
                .toArray(String[]::new);
    }

    private int lookups() {
        return store.calls.get();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " Bearer {t}",
                "Bearer {t}",
                " bearer {t}",
                " BEARER {t}",
                " bEaReR {t}",
                " Bearer  {t}",
                " Bearer     {t}",
                " Bearer {t} ",
                " Bearer {t}   ",
            })
    void scheme_in_any_case_with_spaces_after_it_and_blanks_at_the_end_is_read(String value) throws IOException {
        authorization(value).isOk();
        assertThat(reached).containsExactly("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization", "AUTHORIZATION", "authorization"})
    void turkish_locale_changes_nothing(String name) throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try {
            raw("GET /api/x", filled(name + ": bEaReR {t}")).isOk();
            raw("GET /api/x", filled(name + ": BEARER {t}")).isOk();
            raw("GET /api/x", filled(name + ": BASIC {t}")).isUnauthorized(true);
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " Bearer",
                " Bearer ",
                " Bearer    ",
                " Bearer\t{t}",
                " Bearer\t {t}",
                " Bearer \t{t}",
                " {t}",
                " Bearer{t}",
                " BearerV {t}",
                " Bearer: {t}",
                " Bearer={t}",
                " Basic {t}",
                " Basic dXNlcjpwYXNzd29yZA==",
                " Token {t}",
                " V {t}",
                " Digest username=\"{t}\"",
                " Bearer Bearer {t}",
                " Bearer \"{t}\"",
                " Bearer {t},",
                " Bearer ,{t}",
                " Bearer {t},Bearer {t}",
                " Bearer {t}, Bearer {t}",
                " Bearer {t}, Bearer {u}",
                " Bearer {t},{u}",
                " Bearer {t} {u}",
                " Bearer {t} {t}",
                " Bearer {t} x",
                " Bearer {t};",
                " Bearer {t}=",
                " Bearer {t}\tx",
                " Basic dXNlcg==, Bearer {t}",
                " Bearer sk_live_lectern_",
                " Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp",
                " Bearer SK_LIVE_LECTERN_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000",
                " Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp000-",
                " Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp00000",
                " Bearer sk_prod_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000",
                " Bearer ' OR '1'='1",
            })
    void any_other_form_is_refused_without_a_look_into_the_store(String value) throws IOException {
        int before = lookups();
        authorization(value).isUnauthorized(true);
        assertThat(reached).isEmpty();
        assertThat(lookups()).isEqualTo(before);
    }

    static Stream<List<String>> severalHeaders() {
        return Stream.of(
                List.of(" Bearer {t}", " Bearer {t}"),
                List.of(" Bearer {t}", " Bearer {u}"),
                List.of(" Bearer {t}", " Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000"),
                List.of(" Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000", " Bearer {t}"),
                List.of(" Bearer {t}", " Basic dXNlcg=="),
                List.of(" Basic dXNlcg==", " Bearer {t}"),
                List.of(" Bearer {t}", ""),
                List.of("", " Bearer {t}"),
                List.of(" Bearer {t}", " Bearer {t}", " Bearer {t}"));
    }

    @ParameterizedTest
    @MethodSource("severalHeaders")
    void several_headers_are_refused_in_whatever_order_and_even_if_they_are_the_same(List<String> values)
            throws IOException {
        int before = lookups();
        authorization(values.toArray(String[]::new)).isUnauthorized(true);
        assertThat(reached).isEmpty();
        assertThat(lookups()).isEqualTo(before);
    }

    @Test
    void headers_whose_names_differ_in_case_are_several() throws IOException {
        raw("GET /api/x", filled("Authorization: Bearer {t}", "AUTHORIZATION: Bearer {t}"))
                .isUnauthorized(true);
        assertThat(reached).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0",
                "\u007f",
                "\u0001",
                "\r",
                "\u00a0",
                "\u00e9",
                "\u00c5\u00bf",
                "\u00ff",
                "\u00e2\u0084\u00aa"
            })
    void bytes_outside_the_alphabet_are_refused(String bytes) throws IOException {
        int before = lookups();
        for (String value : List.of(
                " Bearer {t}" + bytes,
                " Bearer " + bytes + "{t}",
                " Bearer" + bytes + "{t}",
                " Bearer sk_live_" + bytes + "{t}")) {
            Reply reply = authorization(value);
            if (reply.status() != 400) { // the container's own response
                reply.isUnauthorized(true);
            }
        }
        assertThat(reached).isEmpty();
        assertThat(lookups()).isEqualTo(before);
    }

    @Test
    void token_of_7_kB_is_refused_without_a_look_into_the_store() throws IOException {
        int before = lookups();
        authorization(" Bearer sk_live_lectern_" + "a".repeat(7 * 1024)).isUnauthorized(true);
        authorization(" Bearer {t}" + "a".repeat(7 * 1024)).isUnauthorized(true);
        assertThat(lookups()).isEqualTo(before);
    }

    @Test
    void unknown_token_is_refused_after_one_look_into_the_store() throws IOException {
        int before = lookups();
        authorization(" Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000")
                .isUnauthorized(true);
        assertThat(lookups()).isEqualTo(before + 1);
    }

    @Test
    void live_token_that_is_relabelled_as_a_test_token_is_unknown() throws IOException {
        String relabelled = token.secret().expose().replace("sk_live_", "sk_test_");
        authorization(" Bearer " + relabelled).isUnauthorized(true);
        assertThat(reached).isEmpty();
    }

    @Test
    void request_without_the_header_is_missing_its_credential() throws IOException {
        raw("GET /api/x").isUnauthorized(false);
        assertThat(reached).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cookie: Authorization={t}",
                "Cookie: access_token={t}; token={t}; Bearer={t}",
                "X-Api-Key: {t}",
                "X-Authorization: Bearer {t}",
                "Proxy-Authorization: Bearer {t}",
                "Authorization2: Bearer {t}",
            })
    void token_in_another_header_counts_as_missing(String header) throws IOException {
        raw("GET /api/x", filled(header)).isUnauthorized(false);
        assertThat(reached).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"access_token={t}", "token={t}", "Authorization=Bearer%20{t}", "authorization=Bearer+{t}"})
    void token_in_the_query_or_a_form_counts_as_missing(String parameter) throws IOException {
        String filled = filled(parameter)[0];
        raw("GET /api/x?" + filled).isUnauthorized(false);
        rawWithBody("POST /api/x", filled, "Content-Type: application/x-www-form-urlencoded")
                .isUnauthorized(false);
        assertThat(reached).isEmpty();
    }

    @Test
    void unknown_revoked_and_expired_tokens_and_all_malformed_ones_are_answered_with_the_same_bytes()
            throws IOException {
        IssuedToken revoked = issue("read:learners");
        auth.tenant("123").tokens().revoke(revoked.id());
        IssuedToken expiring = issue("123", settings -> settings.expiresAt(START.plusSeconds(1)));
        clock.advance(Duration.ofSeconds(1));

        assertThat(Stream.of(
                                "Authorization: Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000",
                                "Authorization: Bearer nonsense",
                                "Authorization: Basic nonsense",
                                bearer(revoked),
                                bearer(expiring))
                        .map(header -> get("/api/x", header).isUnauthorized(true))
                        .map(reply -> reply.body().replace(reply.header("X-Request-Id"), "")))
                .hasSize(5)
                .containsOnly(
                        "{\"error\":{\"code\":\"invalid_token\",\"message\":\"The API token provided was not recognized.\","
                                + "\"request_id\":\"\"}}");
        assertThat(reached).isEmpty();
    }
}
