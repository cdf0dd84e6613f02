package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar.Notation;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.testkit.TestTokens;

/**
 * Every response that a client of each documented system receives: every kind of error, every operation of the management API
 * and every denial of the filter, with status, headers and body. The expected responses are the files {@code wire-*.txt}. A
 * difference is a change of the protocol, so a file changes only with an intended change of the protocol. The responses of the
 * last run are in {@code target/wire}.
 */
abstract class WireBehaviour extends ManagedBehaviour {

    /** Headers of the connection and of the server itself. */
    private static final Set<String> TRANSPORT =
            Set.of("date", "server", "connection", "keep-alive", "content-length", "transfer-encoding");

    private static final ScopeSet TWO_SCOPES = ScopeSet.parse("read:learners write:courses");

    private final StringBuilder wire = new StringBuilder();

    /** Values that differ between runs → their placeholders in the file. */
    private final Map<String, String> names = new LinkedHashMap<>();

    private AuthError error = AuthError.of(Kind.NOT_FOUND);

    static Stream<Dialect> dialects() {
        return Stream.of(Lectern.DIALECT, LearnCoin.DIALECT, Teacharium.DIALECT, LearnHouse.DIALECT);
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void every_answer_is_as_it_was(Dialect dialect) throws Exception {
        serve(dialect);
        errors();
        management(dialect);
        decisions(dialect);
        Path actual = Path.of("target", "wire", "wire-" + dialect.name() + ".txt");
        Files.createDirectories(actual.getParent());
        Files.writeString(actual, wire);
        try (var expected = WireBehaviour.class.getResourceAsStream("wire-" + dialect.name() + ".txt")) {
            assertThat(wire.toString()).isEqualTo(new String(expected.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private void serve(Dialect dialect) throws Exception {
        handle("/v1/courses", says("courses"));
        handle("/v1/error", (request, response) -> AuthErrors.send(request, response, error));
        RouteRules.Builder rules = RouteRules.builder()
                .permitAll("GET", "/v1/error")
                .guard("GET", "/v1/courses", requirement(dialect, "write:courses"))
                .guard("GET", "/v1/tests", Requirement.anyToken().environment(TokenEnvironment.TEST))
                .guard("GET", "/v1/others", Requirement.anyToken().tenant("456"));
        serveIn(dialect, rules, UnaryOperator.identity());
    }

    private void errors() {
        Map<String, AuthError> all = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            all.put(kind.code(), AuthError.of(kind));
        }
        all.put("INSUFFICIENT_SCOPE of two", AuthError.insufficientScope(TWO_SCOPES));
        all.put(
                "INSUFFICIENT_SCOPE, one of two",
                AuthError.insufficientScope(TWO_SCOPES, ScopeSet.parse("write:courses")));
        all.put("INVALID_REQUEST of a field", AuthError.invalid("name", "is required"));
        all.put(
                "INVALID_REQUEST of two fields",
                AuthError.invalid(List.of(
                        new FieldError("name", "is required"), new FieldError("scopes", "must be a list of text"))));
        all.put(
                "UNSUPPORTED_MEDIA_TYPE of a header",
                AuthError.unsupportedMediaType("Content-Type", "must be application/json"));
        all.put("UNSUPPORTED_VERSION of a header", AuthError.unsupportedVersion("Lectern-Version"));
        all.put("METHOD_NOT_ALLOWED with others", AuthError.methodNotAllowed(List.of("GET", "PUT")));
        all.put("RATE_LIMITED for a time", AuthError.limited(Kind.RATE_LIMITED, Duration.ofMillis(41_500)));
        all.put("CREATION_LIMITED for a time", AuthError.limited(Kind.CREATION_LIMITED, Duration.ofMinutes(2)));
        all.put("UNAVAILABLE for a time", AuthError.unavailable(Duration.ofMillis(1)));
        all.put("PENDING with a reason", AuthError.pending("a lease lasts"));
        all.forEach((name, sent) -> {
            error = sent;
            record("error " + name, get("/v1/error"));
        });
    }

    private void management(Dialect dialect) throws IOException {
        JsonNode token = issued("create", create(fields(dialect, "CI")));
        issued("create, with all fields", create(allFields(dialect)));
        record("create without a name", create("{}"));
        record("create with an unknown field", create(fields(dialect, "x").replace("{", "{\"colour\":\"red\",")));
        Reply namesake = create(fields(dialect, "CI"));
        if (namesake.status() == 200) {
            name(namesake.json());
        }
        record("create with a name that is taken", namesake);
        record("create from text", send("POST", TOKENS, BodyPublishers.ofString("x"), ADMINISTRATOR));
        record("create from broken JSON", create("{"));
        record("create by a reader", send("POST", TOKENS, BodyPublishers.ofString("{}"), READER, JSON_BODY));
        record("create by nobody", send("POST", TOKENS, BodyPublishers.ofString("{}"), JSON_BODY));
        record("create in a tenant that is none", manage("POST", "/api/v1/orgs/789/api-tokens", fields(dialect, "x")));
        record("list", get(TOKENS, ADMINISTRATOR));
        record("list of one", get(TOKENS + "?limit=1", ADMINISTRATOR));
        record("list with a limit of 0", get(TOKENS + "?limit=0", ADMINISTRATOR));
        record("list with an unknown parameter", get(TOKENS + "?owner=7", ADMINISTRATOR));
        record("list of another tenant", get("/api/v1/orgs/456/api-tokens", ADMINISTRATOR));
        record("list of a tenant that is none", get("/api/v1/orgs/789/api-tokens", ADMINISTRATOR));
        record("list by a token", get(TOKENS, bearer(token)));
        record("get", get(path(token), ADMINISTRATOR));
        record("get of no token", get(TOKENS + "/apitoken_none", ADMINISTRATOR));
        record("update", manage("PUT", path(token), "{\"description\":\"said\",\"metadata\":{\"team\":\"a\"}}"));
        record("update of the environment", manage("PUT", path(token), "{\"environment\":\"test\"}"));
        record("update of no token", manage("PUT", TOKENS + "/apitoken_none", "{}"));
        issued("regenerate", manage("POST", path(token, "regenerate"), "{}"));
        JsonNode successor = issued("rotate", manage("POST", path(token, "rotate"), "{\"overlap_seconds\":60}"));
        record("rotate a second time", manage("POST", path(token, "rotate"), "{}"));
        record("rotate with a text", manage("POST", path(successor, "rotate"), "{\"overlap_seconds\":\"60\"}"));
        record("revoke", call("DELETE", path(successor), ADMINISTRATOR));
        record("revoke a second time", call("DELETE", path(successor), ADMINISTRATOR));
        record("get of a revoked token", get(path(successor), ADMINISTRATOR));
        record("a method that there is not", call("PATCH", path(token), ADMINISTRATOR));
        record("a path that there is not", get(ORG + "/api-tokens/x/y", ADMINISTRATOR));
        record("export", get(ORG + "/audit", ADMINISTRATOR));
        record("export as CSV", get(ORG + "/audit?format=csv", ADMINISTRATOR));
        record("export from a cursor", get(ORG + "/audit?cursor=", ADMINISTRATOR));
        record("export as XML", get(ORG + "/audit?format=xml", ADMINISTRATOR));
        record("export of a wrong time", get(ORG + "/audit?from=yesterday", ADMINISTRATOR));
        store.breakWith(new StorageException("down", null));
        record("get from a broken store", get(path(token), ADMINISTRATOR));
        store.mend();
    }

    private void decisions(Dialect dialect) throws IOException {
        JsonNode token = issuedQuietly(dialect, "guarded");
        JsonNode revoked = issuedQuietly(dialect, "revoked");
        call("DELETE", path(revoked), ADMINISTRATOR).isOk();
        record("allowed", get("/v1/learners", bearer(token)));
        record("no credential", get("/v1/learners"));
        record("another scheme", get("/v1/learners", "Authorization: Basic a2V5"));
        record("two credentials", raw("GET /v1/learners", bearer(token), bearer(token)));
        record("a malformed token", get("/v1/learners", "Authorization: Bearer xyz"));
        record("a malformed token of two parts", get("/v1/learners", "Authorization: Bearer xyz.abc"));
        record("an unknown token", get("/v1/learners", "Authorization: Bearer " + unknown(dialect)));
        record("a revoked token", get("/v1/learners", bearer(revoked)));
        record("a scope that lacks", get("/v1/courses", bearer(token)));
        record("the other environment", get("/v1/tests", bearer(token)));
        record("another tenant's resource", get("/v1/others", bearer(token)));
        record("a path of no rule", get("/v1/nothing", bearer(token)));
        record("a path of no rule, no credential", get("/v1/nothing"));
        record("a method of no rule", call("POST", "/v1/courses", bearer(token)));
        record("a released version", get("/v1/learners", bearer(token), "Lectern-Version: 2026-05-01"));
        record("an unreleased version", get("/v1/learners", bearer(token), "Lectern-Version: 1999-01-01"));
        manage("PUT", path(token), "{\"ip_allowlist\":[\"10.0.0.0/8\"]}").isOk();
        record("an address that is not allowed", get("/v1/learners", bearer(token)));
        manage("PUT", path(token), "{\"ip_allowlist\":null}").isOk();
        auth.tenant("123").suspend().orElseThrow();
        record("a suspended tenant", get("/v1/learners", bearer(token)));
        auth.tenant("123").resume().orElseThrow();
        manage("PUT", path(token), "{\"expires_at\":\"2026-05-07T13:24:20Z\"}").isOk();
        clock.advance(Duration.ofMinutes(1));
        record("an expired token", get("/v1/learners", bearer(token)));
        if (!dialect.limits().limits().isEmpty()) {
            JsonNode limited = create(
                            fields(dialect, "limited").replace("{\"name", "{\"rate_limits\":{\"read\":1},\"name"))
                    .isOk()
                    .json();
            get("/v1/learners", bearer(limited)).isOk();
            record("a limit that is used up", get("/v1/learners", bearer(limited)));
        }
        store.breakWith(new StorageException("down", null));
        record("a broken store", get("/v1/learners", "Authorization: Bearer " + unknown(dialect)));
        store.mend();
    }

    /** Returns the minimum fields to create a token that may read learners. */
    private static String fields(Dialect dialect, String name) {
        return "{\"name\":\"" + name + "\"" + permissions(dialect) + "}";
    }

    private static String permissions(Dialect dialect) {
        return switch (dialect.scopes().notation()) {
            case SCOPES -> ",\"scopes\":[\"read:learners\"]";
            case RIGHTS -> ",\"rights\":{\"learners\":{\"action_read\":true}}";
            case NONE -> "";
        };
    }

    private static String allFields(Dialect dialect) {
        String limits = dialect.limits().limits().isEmpty() ? "" : ",\"rate_limits\":{\"read\":5}";
        return "{\"name\":\"all\"" + permissions(dialect) + limits
                + ",\"description\":\"of everything\",\"environment\":\"live\",\"expires_at\":\"2027-01-01T00:00:00+01:00\""
                + ",\"ip_allowlist\":[\"127.0.0.1\",\"2001:db8::/32\"],\"metadata\":{\"b\":\"2\",\"a\":\"1\"}}";
    }

    private static ScopeSet heldScopes(Dialect dialect) {
        return switch (dialect.scopes().notation()) {
            case SCOPES -> ScopeSet.parse("read:learners");
            case RIGHTS -> ScopeSet.parse("action_read:learners");
            case NONE -> ScopeSet.none();
        };
    }

    private static Requirement requirement(Dialect dialect, String scope) {
        if (dialect.scopes().notation() == Notation.RIGHTS) {
            return Requirement.scope("action_create:courses");
        }
        return dialect.scopes().knows(Scope.of(scope)) ? Requirement.scope(scope) : Requirement.anyToken();
    }

    private JsonNode issuedQuietly(Dialect dialect, String name) {
        JsonNode token = create(fields(dialect, name)).isOk().json();
        name(token);
        return token;
    }

    private JsonNode issued(String what, Reply reply) {
        JsonNode token = reply.isOk().json();
        name(token);
        record(what, reply);
        return token;
    }

    private void name(JsonNode token) {
        int number = names.size();
        names.put(token.path("token").asText(), "<token-" + number + ">");
        names.put(token.path("token_uuid").asText(), "<id-of-token-" + number + ">");
        for (String part : List.of("public_key", "secret_key", "token_prefix")) {
            if (token.hasNonNull(part)) {
                String value = token.path(part).asText();
                names.putIfAbsent(value, "<" + part + "-of-token-" + number + ", " + value.length() + " characters>");
            }
        }
    }

    private void record(String what, Reply reply) {
        wire.append("== ").append(what).append('\n').append(reply.status()).append('\n');
        new TreeMap<>(reply.headers()).forEach((name, values) -> {
            if (!TRANSPORT.contains(name)) {
                values.forEach(value -> wire.append(name)
                        .append(": ")
                        .append(stable(value, reply))
                        .append('\n'));
            }
        });
        wire.append('\n').append(stable(reply.body(), reply)).append("\n\n");
    }

    /** Returns the text with placeholders for the values that differ between runs. */
    private String stable(String text, Reply reply) {
        String stable = text;
        for (Map.Entry<String, String> name : names.entrySet()) {
            stable = stable.replace(name.getKey(), name.getValue());
        }
        String requestId = reply.header("X-Request-Id");
        return (requestId == null ? stable : stable.replace(requestId, "<request-id>"))
                .replaceAll("req_[0-9A-Za-z]{15}|01[0-9A-HJKMNP-TV-Z]{24}", "<another-request-id>")
                .replaceAll("cursor=[0-9A-Za-z%]{20,}", "cursor=<cursor>");
    }

    /** Returns a token of the dialect's format that another application issued. */
    private static String unknown(Dialect dialect) {
        try (LecternAuth other = TestTokens.inMemory(dialect)) {
            return TestTokens.authorization(other, "123", heldScopes(dialect)).substring("Bearer ".length());
        }
    }
}
