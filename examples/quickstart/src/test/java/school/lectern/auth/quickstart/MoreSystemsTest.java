package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.NewToken;
import school.lectern.auth.quickstart.Wire.Reply;

/** Requests to the token systems of more providers over HTTP, and their exact responses. */
class MoreSystemsTest extends ProviderTest {

    /** Returns the token with another last character. */
    private static String wrong(String token) {
        return token.substring(0, token.length() - 1) + (token.endsWith("0") ? "1" : "0");
    }

    @Test
    void linear_sends_no_scheme() throws Exception {
        serve(MoreSystems.linear());
        String token = issue();
        Reply allowed = get("Authorization: " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.headers())
                .containsAllEntriesOf(Map.of(
                        "x-ratelimit-requests-remaining", "1",
                        "x-ratelimit-requests-reset", "1778162400000",
                        "x-ratelimit-complexity-limit", "250000"))
                .doesNotContainKeys("vary", "cache-control");
        String denied = "{\"errors\":[{\"message\":\"Authentication required, not authenticated\",\"extensions\":"
                + "{\"type\":\"authentication error\",\"code\":\"AUTHENTICATION_ERROR\",\"statusCode\":401,"
                + "\"userError\":true}}]}";
        is(get(), 401, denied);
        is(get("Authorization: x"), 401, denied);
        is(get("Authorization: " + wrong(token)), 401, denied);
        Reply other = get("Authorization: Bearer " + token);
        is(other, 401, denied);
        assertThat(other.header("WWW-Authenticate")).isEqualTo("ApiKey realm=\"linear\", header=\"Authorization\"");
        is(get("Authorization: " + token + "  "), 200, "ok");
        is(
                get("Authorization: " + token),
                400,
                "{\"errors\":[{\"message\":\"Rate limit exceeded\",\"extensions\":{\"type\":\"ratelimited\","
                        + "\"code\":\"RATELIMITED\",\"statusCode\":400,\"userError\":true}}]}");
        revoke(token);
        is(get("Authorization: " + token), 401, denied);
    }

    @Test
    void plaid_needs_two_headers() throws Exception {
        serve(MoreSystems.plaid());
        String[] parts = issue().split("\\.");
        String id = "PLAID-CLIENT-ID: " + parts[0];
        String secret = "PLAID-SECRET: " + parts[1];
        Reply allowed = get(secret, id);
        is(allowed, 200, "ok");
        assertThat(allowed.header("Vary")).isEqualTo("PLAID-CLIENT-ID, PLAID-SECRET");
        Reply missing = get();
        is(
                missing,
                400,
                "{\"display_message\":null,\"error_code\":\"MISSING_FIELDS\",\"error_message\":"
                        + "\"the following required fields are missing: client_id, secret\","
                        + "\"error_type\":\"INVALID_REQUEST\",\"request_id\":\"" + missing.header("X-Request-Id")
                        + "\"}");
        for (Reply wrong : new Reply[] {get(id), get(secret), get(id, wrong(secret)), get(id, id, secret)}) {
            is(
                    wrong,
                    400,
                    "{\"display_message\":null,\"error_code\":\"INVALID_API_KEYS\",\"error_message\":"
                            + "\"invalid client_id or secret provided\",\"error_type\":\"INVALID_INPUT\","
                            + "\"request_id\":\"" + wrong.header("X-Request-Id") + "\"}");
        }
        revoke(parts[0] + "." + parts[1]);
        assertThat(get(id, secret).body()).contains("INVALID_API_KEYS");
    }

    @Test
    void shopify_names_the_scope_and_counts_calls_in_one_header() throws Exception {
        serve(MoreSystems.shopify(), "read_products");
        String token = "X-Shopify-Access-Token: " + issue(wanted -> wanted.scopes("write_products"));
        Reply allowed = get(token);
        is(allowed, 200, "ok");
        assertThat(allowed.header("X-Shopify-Shop-Api-Call-Limit")).isEqualTo("1/4");
        assertThat(allowed.header("X-Request-Id")).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        String invalid =
                "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or wrong password)\"}";
        is(get(), 401, invalid);
        is(get(wrong(token)), 401, invalid);
        is(
                get("X-Shopify-Access-Token: " + issue(wanted -> wanted.scopes("read_orders"))),
                403,
                "{\"errors\":\"[API] This action requires merchant approval for read_products scope.\"}");
        for (int i = 0; i < 3; i++) {
            is(get(token), 200, "ok");
        }
        Reply limited = get(token);
        is(
                limited,
                429,
                "{\"errors\":\"Exceeded 2 calls per second for api client."
                        + " Reduce request rates to resume uninterrupted service.\"}");
        assertThat(limited.header("X-Shopify-Shop-Api-Call-Limit")).isEqualTo("4/4");
        assertThat(limited.header("Retry-After")).isEqualTo("15");
    }

    private Reply azure(String query, String... headers) throws IOException {
        return server.wire().get("/v1/x?" + query, headers);
    }

    @Test
    void azure_hides_the_token_of_the_query() throws Exception {
        serve(MoreSystems.azure());
        String token = issue();
        is(azure("a=b&subscription-key=" + token + "&c"), 200, "a=b&c");
        is(azure("a=b", "ocp-apim-subscription-key: " + token), 200, "a=b");
        String missing = "{\"statusCode\":401,\"message\":\"Access denied due to missing subscription key."
                + " Make sure to include subscription key when making requests to an API.\"}";
        String invalid = "{\"statusCode\":401,\"message\":\"Access denied due to invalid subscription key."
                + " Make sure to provide a valid key for an active subscription.\"}";
        is(azure("a=b"), 401, missing);
        is(azure("Subscription-Key=" + token), 401, missing);
        is(azure("subscription-key=" + wrong(token)), 401, invalid);
        is(azure("subscription-key=" + token, "Ocp-Apim-Subscription-Key: " + token), 401, invalid);
        is(azure("subscription-key=" + token), 200, "ok");
        is(
                azure("subscription-key=" + token),
                429,
                "{\"statusCode\":429,\"message\":\"Rate limit is exceeded. Try again in 40 seconds.\"}");
    }

    @Test
    void atlassian_has_tokens_as_passwords_and_a_checksum_after_a_separator() throws Exception {
        serve(MoreSystems.atlassian(), "read:jira-work");
        String token = issue(wanted -> wanted.scopes("read:jira-work"));
        assertThat(token).matches("ATATT3xFfGF0[0-9A-Za-z_-]{171,180}=[0-9A-F]{8}");
        is(get(basic("me@example.com:" + token)), 200, "ok");
        Reply allowed = get("Authorization: Bearer " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.header("X-RateLimit-Reset")).isEqualTo("2026-05-07T13:24:00Z");
        is(get(basic(token + ":me@example.com")), 401, "{\"code\":401,\"message\":\"Unauthorized\"}");
        is(get(basic("me@example.com:" + wrong(token))), 401, "{\"code\":401,\"message\":\"Unauthorized\"}");
        String other = issue(wanted -> wanted.scopes("write:jira-work"));
        Reply refused = get(basic("me@example.com:" + other));
        is(refused, 401, "{\"code\":401,\"message\":\"Unauthorized; scope does not match\"}");
        // A 401 never shows the limits of a token.
        assertThat(refused.headers()).doesNotContainKey("x-ratelimit-remaining");
    }

    @Test
    void sentry_has_a_prefix_for_each_product_and_a_body_for_each_prefix() throws Exception {
        serve(MoreSystems.sentry(), "project:read");
        String user = issue(wanted -> wanted.scopes("project:admin"));
        String organization = issue(wanted -> wanted.format("org").scopes("org:ci"));
        assertThat(user).matches("sntryu_[0-9a-f]{64}");
        assertThat(organization).matches("sntrys_eyJpYXQiO[0-9A-Za-z]{10,200}_[0-9A-Za-z+/]{43}");
        is(get("Authorization: Bearer " + user), 200, "ok");
        is(
                get("Authorization: Bearer " + organization),
                403,
                "{\"detail\":\"You do not have permission to perform this action.\"}");
        is(get(), 401, "{\"detail\":\"Authentication credentials were not provided.\"}");
        for (String invalid :
                new String[] {wrong(user), "sntrys_" + user.substring(7), user.substring(7), "a".repeat(64)}) {
            is(get("Authorization: Bearer " + invalid), 401, "{\"detail\":\"Invalid token\"}");
        }
    }

    @Test
    void airtable_has_an_id_before_the_token_and_bodies_of_three_shapes() throws Exception {
        serve(MoreSystems.airtable(), "data.records:read");
        String token = issue(wanted -> wanted.scopes("data.records:read"));
        assertThat(token).matches("pat[0-9A-Za-z]{14}\\.[0-9a-f]{64}");
        is(get("Authorization: Bearer " + token), 200, "ok");
        String invalid = "{\"error\":{\"type\":\"AUTHENTICATION_REQUIRED\",\"message\":\"Authentication required\"}}";
        is(get("Authorization: Bearer " + wrong(token)), 401, invalid);
        is(get("Authorization: Bearer key" + "a".repeat(14)), 401, invalid);
        is(
                get("Authorization: Bearer " + issue(wanted -> wanted.scopes("schema.bases:read"))),
                403,
                "{\"error\":{\"type\":\"INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND\","
                        + "\"message\":\"Invalid permissions, or the requested model was not found.\"}}");
        is(server.wire().get("/none", "Authorization: Bearer " + token), 404, "{\"error\":\"NOT_FOUND\"}");
        get("Authorization: Bearer " + token);
        get("Authorization: Bearer " + token);
        is(
                get("Authorization: Bearer " + token),
                429,
                "{\"errors\":[{\"error\":\"RATE_LIMIT_REACHED\","
                        + "\"message\":\"Rate limit exceeded. Please try again later\"}]}");
    }

    @Test
    void twilio_has_two_parts_in_basic_authentication_and_codes_that_are_numbers() throws Exception {
        serve(MoreSystems.twilio());
        String token = auth.tenant("123")
                .tokens()
                .issue(NewToken.named("CI"))
                .orElseThrow()
                .secret()
                .expose();
        assertThat(token).matches("SK[0-9a-f]{32}:[0-9A-Za-z]{32}");
        Reply allowed = get(basic(token));
        is(allowed, 200, "ok");
        assertThat(allowed.header("Twilio-Request-Id")).matches("RQ[0-9a-f]{32}");
        String invalid = "{\"code\":20003,\"message\":\"Authenticate\","
                + "\"more_info\":\"https://www.twilio.com/docs/errors/20003\",\"status\":401}";
        Reply missing = get();
        is(missing, 401, invalid);
        assertThat(missing.header("WWW-Authenticate")).isEqualTo("Basic realm=\"Twilio API\", charset=\"UTF-8\"");
        for (String wrong : new String[] {wrong(token), token.replace(':', '.'), ":" + token, token + ":"}) {
            is(get(basic(wrong)), 401, invalid);
        }
    }

    @Test
    void each_system_is_a_configuration_of_at_most_40_lines() throws IOException {
        assertThat(shortSystems(MoreSystems.class)).isEqualTo(8);
    }
}
