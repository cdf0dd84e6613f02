package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of a token that proves it: one of some prefixes, one of some bodies, and a checksum or none. Immutable. */
final class SecretPart {

    private final List<Prefix> prefixes;
    private final List<TokenBody> bodies;
    private final @Nullable TokenChecksum checksum;

    SecretPart(List<Prefix> prefixes, List<TokenBody> bodies, @Nullable TokenChecksum checksum) {
        this.prefixes = List.copyOf(prefixes);
        this.bodies = List.copyOf(bodies);
        this.checksum = checksum;
    }

    /** A prefix, and the environment that it names, if it names one. */
    record Prefix(String text, @Nullable TokenEnvironment environment) {}

    /** The prefix of the secret that the text is between two indices, or null if that is none. The token starts before it. */
    @Nullable
    Prefix find(String text, int token, int start, int end) {
        int bodyEnd = end - (checksum == null ? 0 : checksum.length());
        // By index, since this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < prefixes.size(); i++) {
            Prefix prefix = prefixes.get(i);
            int body = start + prefix.text().length();
            if (text.startsWith(prefix.text(), start)
                    && isBody(text, body, bodyEnd)
                    && (checksum == null || checksum.isRight(text, token, body, bodyEnd))) {
                return prefix;
            }
        }
        return null;
    }

    private boolean isBody(String text, int start, int end) {
        for (int i = 0; i < bodies.size(); i++) {
            if (bodies.get(i).matches(text, start, end)) {
                return true;
            }
        }
        return false;
    }

    /** The token that starts with that text and goes on with the prefix. */
    String draw(String before, String prefix, SecureRandom random) {
        String text = before + prefix;
        String token = text + bodies.get(0).draw(random);
        return checksum == null ? token : checksum.complete(token, text.length());
    }

    /** Whether a token with the one prefix can also be one with the other, which starts with the first. */
    boolean areConfusable(String prefix, String longer) {
        return longer.startsWith(prefix)
                && bodies.stream()
                        .anyMatch(body -> body.canStart(longer, prefix.length(), longer.length())
                                && bodies.stream().anyMatch(rest -> overlap(prefix, body, longer, rest)));
    }

    private static boolean overlap(String prefix, TokenBody body, String longer, TokenBody rest) {
        return prefix.length() + body.minLength() <= longer.length() + rest.maxLength()
                && longer.length() + rest.minLength() <= prefix.length() + body.maxLength();
    }

    /** Whether a secret may hold the character. */
    boolean has(int c) {
        return prefixes.stream().anyMatch(prefix -> prefix.text().indexOf(c) >= 0) || hasAfterPrefix(c);
    }

    /** Whether a secret may hold the character behind its prefix. */
    boolean hasAfterPrefix(int c) {
        return bodies.stream().anyMatch(body -> body.has(c))
                || (checksum != null
                        && (checksum.separator().indexOf(c) >= 0
                                || checksum.alphabet().has(c)));
    }

    /** Whether the character could belong to a secret's end. */
    boolean mayEndWith(int c) {
        return checksum != null ? checksum.alphabet().has(c) : bodies.stream().anyMatch(body -> body.mayEndWith(c));
    }

    /** Whether a body can begin with what the text has from an index on. */
    boolean canStart(String text, int start) {
        return bodies.stream().anyMatch(body -> body.canStart(text, start, text.length()));
    }

    /** Whether there is one body, and no prefix that another one starts with: then no token starts as a shorter one does. */
    boolean hasOneShape() {
        return bodies.size() == 1
                && prefixes.stream()
                        .noneMatch(one -> prefixes.stream()
                                .anyMatch(other ->
                                        !other.equals(one) && other.text().startsWith(one.text())));
    }

    /** The fewest random bits that the first so many characters of a body hold. */
    double visibleBits(int visible) {
        return bodies.stream()
                .mapToDouble(body -> body.visibleBits(visible))
                .min()
                .orElse(0);
    }

    int minLength() {
        int prefix = prefixes.stream().mapToInt(p -> p.text().length()).min().orElse(0);
        int body = bodies.stream().mapToInt(TokenBody::minLength).min().orElse(0);
        return prefix + body + (checksum == null ? 0 : checksum.length());
    }

    List<Prefix> prefixes() {
        return prefixes;
    }

    List<TokenBody> bodies() {
        return bodies;
    }

    @Nullable
    TokenChecksum checksum() {
        return checksum;
    }
}
