package school.lectern.auth.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.IssuedToken;

/** The lines of Java of docs/testing.md and docs/storage.md. {@link GuideTest} compares them. */
final class GuideExamples {

    private GuideExamples() {}

    static String authorization() {
        LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT);
        String header = TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners"));
        auth.close();
        return header;
    }

    static HttpResponse<String> send(String header, int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/v1/learners/7"))
                .header("Authorization", header)
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        return response;
    }

    static String authorizationOfOtherSettings(LecternAuth auth) {
        NewToken settings = NewToken.named("expires")
                .scopes("read:learners")
                .expiresAt(auth.now().plusSeconds(60));
        IssuedToken token = auth.tenant("123").tokens().issue(settings).orElseThrow();
        String header = TestTokens.authorization(auth, token);
        return header;
    }

    static LecternAuth withClock() {
        MutableClock clock = MutableClock.at(Instant.parse("2026-05-07T13:00:00Z"));
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(InMemoryStorage.create())
                .clock(clock)
                .open();
        return auth;
    }

    static void openAndClose(TokenStore store, LimitStore limits, AuditLog log) {
        CachingTokenStore cache = CachingTokenStore.builder(store).open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(cache)
                .limits(limits)
                .audit(log, AuditMode.DURABLE)
                .open();
        auth.close();
        cache.close();
    }
}
