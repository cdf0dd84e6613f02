package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The secret part of a token: one of several prefixes, one of several bodies, and an optional checksum. Immutable. */
final class SecretPart {

    private final List<Prefix> prefixes;
    private final List<TokenBody> bodies;
    private final @Nullable TokenChecksum checksum;

    SecretPart(List<Prefix> prefixes, List<TokenBody> bodies, @Nullable TokenChecksum checksum) {
        this.prefixes = List.copyOf(prefixes);
        this.bodies = List.copyOf(bodies);
        this.checksum = checksum;
    }

    /** A prefix, and the environment that it stands for, or null if it stands for both. */
    record Prefix(String text, @Nullable TokenEnvironment environment) {}

    /**
     * {@return the prefix of the secret between {@code start} and {@code end}, or null if the text between them is no secret}
     *
     * @param token the index at which the whole token starts; a checksum may cover the text from this index on
     */
    @Nullable
    Prefix find(String text, int token, int start, int end) {
        int bodyEnd = end - (checksum == null ? 0 : checksum.length());
        // By index: this runs for every request, and an iterator would be garbage.
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

    /**
     * {@return a new token}
     *
     * @param before the text before the secret
     * @param prefix the prefix of the secret
     */
    String draw(String before, String prefix, SecureRandom random) {
        String text = before + prefix;
        String token = text + bodies.get(0).draw(random);
        return checksum == null ? token : checksum.complete(token, text.length());
    }

    /**
     * {@return whether a token with {@code prefix} can also be a token with {@code longer}; false unless {@code longer}
     * starts with {@code prefix}}
     */
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

    /** {@return whether a secret may contain the character} */
    boolean has(int c) {
        return prefixes.stream().anyMatch(prefix -> prefix.text().indexOf(c) >= 0) || hasAfterPrefix(c);
    }

    /** {@return whether a secret may contain the character after its prefix} */
    boolean hasAfterPrefix(int c) {
        return bodies.stream().anyMatch(body -> body.has(c))
                || (checksum != null
                        && (checksum.separator().indexOf(c) >= 0
                                || checksum.alphabet().has(c)));
    }

    /**
     * {@return whether the character may be at the end of a secret: in its checksum or, without a checksum, at the end of its
     * body}
     */
    boolean mayEndWith(int c) {
        return checksum != null ? checksum.alphabet().has(c) : bodies.stream().anyMatch(body -> body.mayEndWith(c));
    }

    /** {@return whether a body can start with the text from {@code start} on} */
    boolean canStart(String text, int start) {
        return bodies.stream().anyMatch(body -> body.canStart(text, start, text.length()));
    }

    /**
     * {@return whether there is one body, and no prefix is the start of another prefix} Then no token is the start of a
     * longer token.
     */
    boolean hasOneShape() {
        return bodies.size() == 1
                && prefixes.stream()
                        .noneMatch(one -> prefixes.stream()
                                .anyMatch(other ->
                                        !other.equals(one) && other.text().startsWith(one.text())));
    }

    /** {@return the minimum entropy of the first {@code visible} characters of a body, in bits} */
    double visibleBits(int visible) {
        return bodies.stream()
                .mapToDouble(body -> body.visibleBits(visible))
                .min()
                .orElse(0);
    }

    int minLength() {
        return prefixes.stream().mapToInt(this::minLength).min().orElse(0);
    }

    int minLength(Prefix prefix) {
        return withoutBody(prefix)
                + bodies.stream().mapToInt(TokenBody::minLength).min().orElse(0);
    }

    int maxLength(Prefix prefix) {
        return withoutBody(prefix)
                + bodies.stream().mapToInt(TokenBody::maxLength).max().orElse(0);
    }

    private int withoutBody(Prefix prefix) {
        return prefix.text().length() + (checksum == null ? 0 : checksum.length());
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
