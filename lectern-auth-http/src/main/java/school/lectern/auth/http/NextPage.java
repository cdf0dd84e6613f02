package school.lectern.auth.http;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** The link to the next page of a list (RFC 8288). The path is encoded, since it contains data and a header is ASCII. */
final class NextPage {

    private static final String UNRESERVED = "-._~";

    /** The parts of a path that are percent-encoded already. */
    private static final Pattern ENCODED = Pattern.compile("%[0-9A-Fa-f]{2}");

    private NextPage() {}

    /** Returns the value of a {@code Link} header to the request's own path with another query. */
    static String link(HttpCall call, String query) {
        return '<' + encodeRest(call.contextPath()) + encode(call.path()) + '?' + query + ">; rel=\"next\"";
    }

    /** Encodes a decoded path (RFC 3986, section 2.1): all but slashes and unreserved characters. */
    static String encode(String path) {
        StringBuilder encoded = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c < 0x7f && (Character.isLetterOrDigit(c) || c == '/' || UNRESERVED.indexOf(c) >= 0);
            if (plain) {
                encoded.append(c);
            } else {
                encoded.append(String.format("%%%02X", (int) c));
            }
        }
        return encoded.toString();
    }

    /** Encodes the characters that a client could have sent unencoded. */
    private static String encodeRest(String sent) {
        StringBuilder encoded = new StringBuilder(sent.length() + 16);
        int end = 0;
        var triplets = ENCODED.matcher(sent);
        while (triplets.find()) {
            encoded.append(encode(sent.substring(end, triplets.start()))).append(triplets.group());
            end = triplets.end();
        }
        return encoded.append(encode(sent.substring(end))).toString();
    }
}
