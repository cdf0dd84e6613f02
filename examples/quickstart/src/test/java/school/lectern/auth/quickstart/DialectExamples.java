package school.lectern.auth.quickstart;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.ByteOrder;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorView;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.PrefixRegistry;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenChecksum;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** The Java code of docs/dialects.md that is not in {@link Acme}. {@link DialectGuideTest} compares the two. */
final class DialectExamples {

    private DialectExamples() {}

    // docs/errors.md

    static Dialect hiding() {
        Dialect hiding = Acme.DIALECT.toBuilder()
                .error(404, "not_found", "The resource does not exist.", Kind.INSUFFICIENT_SCOPE)
                .build();
        return hiding;
    }

    static Dialect withItsOwnRequestIdHeader() {
        return Acme.DIALECT.toBuilder().requestIdHeader("request-id").build();
    }

    static Dialect graph() {
        Dialect graph = Acme.DIALECT.toBuilder()
                .errorWithStatus200("invalid_auth", "The token is not valid.", Kind.UNKNOWN_TOKEN, Kind.REVOKED)
                .errorWithStatus200("missing_scope", "The token lacks a scope.", Kind.INSUFFICIENT_SCOPE)
                .build();
        return graph;
    }

    static List<TokenFormat> variants() {
        return List.of(
                TokenFormat.builder()
                        .publicKey("acme_k_", TokenBody.of(TokenBody.BASE62, 20), ".")
                        .prefix("acme_s_")
                        .body(TokenBody.of(TokenBody.BASE62, 43))
                        .build(),
                TokenFormat.builder()
                        .prefix("acme:")
                        .body(TokenBody.base64Url(32))
                        .secretTokenUri()
                        .build(),
                TokenFormat.builder()
                        .prefix("acme_")
                        .body(TokenBody.of(TokenBody.BASE62, 40), TokenBody.of(TokenBody.HEX, 32))
                        .build());
    }

    /** Returns the formats of the guide's table, in its order. */
    static List<TokenFormat> ofProviders() {
        return List.of(
                TokenFormat.builder()
                        .prefix("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
                        .body(TokenBody.of(TokenBody.BASE62, 30))
                        .checksum(TokenChecksum.crc32(TokenBody.BASE62, 6))
                        .build(),
                TokenFormat.builder()
                        .prefix(TokenEnvironment.LIVE, "sk_live_", "rk_live_")
                        .prefix(TokenEnvironment.TEST, "sk_test_", "rk_test_")
                        .body(TokenBody.of(TokenBody.BASE62, 99), TokenBody.of(TokenBody.BASE62, 24))
                        .build(),
                TokenFormat.builder()
                        .prefix("dop_v1_", "doo_v1_", "dor_v1_")
                        .body(TokenBody.of(TokenBody.HEX, 64))
                        .build(),
                TokenFormat.builder()
                        .publicKey("SG.", TokenBody.base64Url(16), ".")
                        .prefix("")
                        .body(TokenBody.base64Url(32))
                        .build(),
                TokenFormat.builder()
                        .prefix("glsa_")
                        .body(TokenBody.of(TokenBody.BASE62, 32))
                        .checksum(TokenChecksum.crc32Hex(ByteOrder.LITTLE_ENDIAN)
                                .over(TokenChecksum.Input.TOKEN)
                                .after("_"))
                        .build(),
                TokenFormat.builder()
                        .publicKey("", TokenBody.of(TokenBody.DIGITS, 8, 10), ":")
                        .prefix("")
                        .body(TokenBody.of(TokenBody.BASE64_URL, 35))
                        .build());
    }

    static Dialect plain() {
        Dialect plain =
                Acme.DIALECT.toBuilder().errorBody(DialectExamples::body).build();
        return plain;
    }

    static ErrorBody body(ErrorView view) {
        ErrorBody error = ErrorBody.object()
                .put("code", view.code().orElse("unknown"))
                .put("message", view.message())
                .putArray("fields", ErrorBody.array(view.fieldErrors(), DialectExamples::field));
        return ErrorBody.object().putObject("error", error).put("request_id", view.requestId());
    }

    static ErrorBody field(FieldError invalid) {
        return ErrorBody.object().put("name", invalid.field()).put("problem", invalid.message());
    }

    static VersionPolicy versions() {
        ApiVersion first = ApiVersion.of("2026-01-01");
        VersionPolicy versions = VersionPolicy.released(first, ApiVersion.of("2026-05-01"))
                .deprecate(first, Instant.parse("2026-05-01T00:00:00Z"), URI.create("https://docs.acme.example/moving"))
                .sunset(first, Instant.parse("2027-01-01T00:00:00Z"));
        return versions;
    }

    static LecternAuth judge(
            TokenStore tokens, AuditLog audit, TenantDirectory tenants, VersionPolicy versions, Clock clock) {
        LecternAuth auth = LecternAuth.builder(Acme.DIALECT)
                .tokens(tokens)
                .audit(audit, AuditMode.DURABLE)
                .tenants(tenants)
                .versions(versions)
                .clock(clock)
                .open();
        return auth;
    }

    static Filter guard(LecternAuth auth) {
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/v1/widgets", "read:widgets")
                .guard("POST", "/v1/widgets", "write:widgets")
                .guard("GET", "/v1/export", Requirement.scope("read:widgets").policy("export"))
                .build();
        Filter acme = new LecternAuthFilter(auth, rules);
        return acme;
    }

    static String issue(LecternAuth auth) {
        NewToken ci = NewToken.named("CI")
                .prefix("acme_ci_live_")
                .scopes("read:widgets")
                .rateLimits(Map.of(LimitPlan.READ, 1L));
        IssuedToken token = auth.tenant("123").tokens().issue(ci).orElseThrow();
        return token.secret().expose();
    }

    static void revokeLeaked(LecternAuth auth, String text) {
        Matcher leak = Pattern.compile(Acme.FORMAT.scannerRule()).matcher(text);
        while (leak.find()) {
            Outcome<Revocation> outcome = auth.acrossTenants().revokePresented(Secret.of(leak.group(1)));
        }
    }

    static Dialect byHeader() {
        Dialect byHeader = Acme.DIALECT.toBuilder()
                .carriers(Carrier.header("X-API-Key"), Carrier.bearer())
                .hideCredentials()
                .build();
        return byHeader;
    }

    static Dialect severalFormats(TokenFormat fineGrained, TokenFormat hexDigits) {
        Dialect several = Acme.DIALECT.toBuilder()
                .format("classic", Acme.FORMAT)
                .format("fine-grained", fineGrained)
                .legacyFormat(hexDigits)
                .build();
        return several;
    }

    static NewToken fineGrained() {
        NewToken deploy = NewToken.named("deploy").format("fine-grained").scopes("read:widgets");
        return deploy;
    }

    static TokenFormat sandboxed() {
        TokenFormat sandboxed = TokenFormat.builder()
                .prefix(TokenEnvironment.of("production"), "acme_prod_")
                .prefix(TokenEnvironment.of("sandbox"), "acme_sandbox_")
                .body(TokenBody.of(TokenBody.BASE62, 32))
                .build();
        return sandboxed;
    }

    static Filter several(Filter acme, Filter lectern) {
        PrefixRegistry registry = PrefixRegistry.of(Acme.DIALECT, Lectern.DIALECT);
        Map<Dialect, Filter> filters = Map.of(Acme.DIALECT, acme, Lectern.DIALECT, lectern);
        Filter byPrefix = (request, response, chain) -> {
            var credentials = LecternAuthFilter.credentials((HttpServletRequest) request);
            Dialect dialect = registry.find(credentials).orElse(Acme.DIALECT);
            filters.get(dialect).doFilter(request, response, chain);
        };
        return byPrefix;
    }
}
