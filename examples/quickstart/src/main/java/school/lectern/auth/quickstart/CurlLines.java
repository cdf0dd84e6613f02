package school.lectern.auth.quickstart;

/**
 * The commands that are printed at the start. Each works on its own when pasted, in this order: the token that the first one
 * gets is handed on in a file, and the last one removes that.
 */
final class CurlLines {

    private static final String FILE = "lectern-token.json";

    private CurlLines() {}

    static String of(int port, String adminKey) {
        String base = "http://127.0.0.1:" + port;
        String admin = "-H 'Authorization: Bearer " + adminKey.replace("'", "'\\''") + "'";
        String token = "-H \"Authorization: Bearer $(" + field("token") + ")\"";
        String json = "-H 'Content-Type: application/json'";
        return String.join(
                "\n",
                "",
                "# issue a token that may read learners",
                "curl -sS -X POST " + base + "/api/v1/orgs/123/api-tokens " + admin + " " + json
                        + " -d '{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}' | tee " + FILE,
                "# call a route with it: 200",
                "curl -sS -i -w '\\n' " + base + "/v1/learners " + token,
                "# be refused, for it may not write them: 403",
                "curl -sS -i -w '\\n' -X POST " + base + "/v1/learners " + token + " " + json
                        + " -d '{\"name\":\"Ada\"}'",
                "# revoke it: 200",
                "curl -sS -i -w '\\n' -X DELETE " + base + "/api/v1/orgs/123/api-tokens/$(" + field("token_uuid") + ") "
                        + admin,
                "# be refused, for it is revoked: 401",
                "curl -sS -i -w '\\n' " + base + "/v1/learners " + token + "; rm " + FILE);
    }

    /** Reads a field of the answer that the file holds, with what every shell has. */
    private static String field(String name) {
        return "sed 's/.*\"" + name + "\":\"\\([^\"]*\\)\".*/\\1/' " + FILE;
    }
}
