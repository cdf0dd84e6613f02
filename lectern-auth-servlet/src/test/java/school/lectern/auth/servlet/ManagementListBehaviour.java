package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;

/** The contents of lists whatever the size of their tokens, their pagination, and how tokens and numbers are written. */
abstract class ManagementListBehaviour extends ManagedBehaviour {

    @BeforeEach
    void serve() throws Exception {
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    private int tokens() {
        return get(TOKENS, ADMINISTRATOR).isOk().json().size();
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

    /**
     * Returns the body of a creation with the given number of entries. Values are shortened so that names and values have the
     * given number of bytes in total.
     */
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

    @Test
    void error_in_place_of_a_page_has_no_link_to_the_next_one() throws Exception {
        stop();
        Filter linking = (request, response, chain) -> {
            ((HttpServletResponse) response).addHeader("Link", "</docs>; rel=\"help\"");
            chain.doFilter(request, response);
        };
        serveIn(Lectern.DIALECT, application -> application.behind(linking));
        issue("read:learners");
        issue("read:learners");
        String list = TOKENS + "?limit=1";
        assertThat(get(list, ADMINISTRATOR).isOk().headers().get("link"))
                .hasSize(2)
                .contains("</docs>; rel=\"help\"");
        store.breakAfter(1, new StorageException("planned"));
        assertThat(get(list, ADMINISTRATOR).isError(500, "internal_error").header("Link"))
                .isEqualTo("</docs>; rel=\"help\"");
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
        String newest = issue(tenant, UnaryOperator.identity()).id();
        String list = "/api/v1/orgs/"
                + URLEncoder.encode(tenant, StandardCharsets.UTF_8).replace("+", "%20") + "/api-tokens?limit=1";
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
