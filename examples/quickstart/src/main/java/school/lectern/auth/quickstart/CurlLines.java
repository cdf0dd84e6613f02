package school.lectern.auth.quickstart;

/**
 * The commands that are printed at the start. Each can be pasted on its own, in this order: the first writes the token to a
 * file, which the last removes.
 */
final class CurlLines {

    private static final String FILE = "lectern-token.json";

    private CurlLines() {}

    static String of(int port, String adminKey, Api.Sample sample) {
        String base = "http://127.0.0.1:" + port;
        String tokens = base + "/api/v1/orgs/123/api-tokens";
        String admin = " -H 'Authorization: Bearer " + adminKey.replace("'", "'\\''") + "'";
        String token = " -H \"Authorization: Bearer $(" + field("token") + ")\"";
        String json = " -H 'Content-Type: application/json' -d ";
        String show = "curl -sS -i -w '\\n' ";
        return String.join(
                "\n",
                "",
                "# issue a token",
                "curl -sS -X POST " + tokens + admin + json + "'" + sample.draft() + "' | tee " + FILE,
                "# call a route with it: 200",
                show + base + sample.allowed() + token,
                "# be refused, for " + sample.deniedWhy(),
                show + "-X POST " + base + sample.deniedPath() + token + json + "'{\"name\":\"Ada\"}'",
                "# revoke it: 200",
                show + "-X DELETE " + tokens + "/$(" + field("token_uuid") + ")" + admin,
                "# be refused, for it is revoked: 401",
                show + base + sample.allowed() + token + "; rm " + FILE);
    }

    /** Reads a field of the response in the file, with tools that every shell has. */
    private static String field(String name) {
        return "sed 's/.*\"" + name + "\":\"\\([^\"]*\\)\".*/\\1/' " + FILE;
    }
}
