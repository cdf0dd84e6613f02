package school.lectern.auth.dialect;

import java.util.List;
import java.util.Optional;
import school.lectern.auth.format.BearerHeader;
import school.lectern.auth.format.Secret;

/**
 * The dialects that one process speaks, told apart by what their tokens begin with. Immutable.
 *
 * <pre>{@code
 * PrefixRegistry registry = PrefixRegistry.of(Lectern.DIALECT, Teacharium.DIALECT);
 * registry.find(request.authorization());    // whose credential it is, if it is one of theirs
 * }</pre>
 *
 * <p>That a credential begins as a dialect's tokens do says who has to judge it, and nothing more.
 */
public final class PrefixRegistry {

    private final List<Dialect> dialects;

    private PrefixRegistry(List<Dialect> dialects) {
        this.dialects = dialects;
    }

    /**
     * The dialects of a process.
     *
     * @throws IllegalArgumentException if what tokens of one begin with is the start of what tokens of another do, as an empty
     *     opening is of every other; the message names both dialects and both openings
     */
    public static PrefixRegistry of(Dialect... dialects) {
        List<Dialect> all = List.of(dialects);
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                requireDistinct(all.get(j), all.get(i));
            }
        }
        return new PrefixRegistry(all);
    }

    private static void requireDistinct(Dialect one, Dialect other) {
        for (String opening : one.format().leadingLiterals()) {
            for (String another : other.format().leadingLiterals()) {
                if (opening.startsWith(another) || another.startsWith(opening)) {
                    throw new IllegalArgumentException(
                            "dialects: tokens of " + one.name() + " may begin with \"" + opening
                                    + "\" and tokens of " + other.name() + " with \"" + another
                                    + "\": they cannot be told apart");
                }
            }
        }
    }

    /** Whose a credential is, or empty if it begins as no dialect's tokens do. */
    public Optional<Dialect> find(Secret credential) {
        return dialects.stream()
                .filter(dialect -> dialect.format().recognizes(credential))
                .findFirst();
    }

    /**
     * Whose the credential is that stands in an {@code Authorization} header, {@linkplain BearerHeader#recognizes under whatever
     * scheme}; of several, that of the dialect that was named first in {@link #of}, which will refuse so many.
     *
     * @param authorization every value of the header, in their order
     */
    public Optional<Dialect> find(List<Secret> authorization) {
        return dialects.stream()
                .filter(dialect -> BearerHeader.recognizes(authorization, dialect.format()))
                .findFirst();
    }
}
