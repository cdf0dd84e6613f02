package school.lectern.auth.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.testkit.TestTokens;

/** A few calls of the management API. {@link JsonLibraryTest} runs it by reflection, with different libraries. */
public final class ManagementRound {

    private ManagementRound() {}

    /** {@return the bodies of the responses to a creation, a listing, an export, and a creation with a repeated name} */
    public static List<String> run() throws IOException {
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            ManagementApi api = new ManagementApi(
                    auth,
                    request -> Optional.of(Caller.of("7", (org, wanted) -> true, Grant.everything())),
                    id -> Optional.of(new Tenant(id, null)),
                    TrustedProxies.none());
            String valid = "{\"name\":\"m\u00fcller\",\"scopes\":[\"read:learners\"]}";
            return List.of(
                    body(auth, api, new Call("POST", "/123/api-tokens", valid)),
                    body(auth, api, new Call("GET", "/123/api-tokens", "")),
                    body(auth, api, new Call("GET", "/123/audit", "")),
                    body(auth, api, new Call("POST", "/123/api-tokens", valid.replace("scopes", "name"))));
        }
    }

    private static String body(LecternAuth auth, ManagementApi api, Call call) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        api.answer(Exchange.begin(auth), call, call.path()).writeBody(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private record Call(String method, String path, String content) implements HttpCall {

        @Override
        public String rawPath() {
            return path;
        }

        @Override
        public String rawQuery() {
            return null;
        }

        @Override
        public String peer() {
            return "192.0.2.1";
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public List<String> headers(String name) {
            return name.equals("Content-Type") && !content.isEmpty() ? List.of("application/json") : List.of();
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
        }
    }
}
