package school.lectern.auth.dialect;

import java.util.List;
import java.util.Optional;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Carriers;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.format.Secret;

/**
 * The dialects of a process, which are distinguished by the texts that their tokens start with. Immutable.
 *
 * <pre>{@code
 * PrefixRegistry registry = PrefixRegistry.of(Lectern.DIALECT, Teacharium.DIALECT);
 * registry.find(request);    // the dialect that is responsible, or empty if neither is
 * }</pre>
 *
 * <p>The start of a credential determines only which dialect has to verify it. It is no evidence that the credential is
 * valid.
 */
public final class PrefixRegistry {

    private final List<Dialect> dialects;

    private PrefixRegistry(List<Dialect> dialects) {
        this.dialects = dialects;
    }

    /**
     * {@return a registry of dialects}
     *
     * @param dialects the dialects of the process
     * @throws IllegalArgumentException if a {@linkplain school.lectern.auth.format.TokenFormats#leadingLiterals leading
     *     literal} of one dialect is the start of a leading literal of another; an empty one is the start of every other.
     *     Also if a dialect does not {@linkplain Carriers#counts count} a place that carries tokens of another: a request
     *     with tokens of both would be accepted. The message names both dialects and the texts, or the place
     */
    public static PrefixRegistry of(Dialect... dialects) {
        List<Dialect> all = List.of(dialects);
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                requireDistinct(all.get(j), all.get(i));
                requireCounted(all.get(j), all.get(i));
                requireCounted(all.get(i), all.get(j));
            }
        }
        return new PrefixRegistry(all);
    }

    private static void requireDistinct(Dialect one, Dialect other) {
        for (String opening : one.formats().leadingLiterals()) {
            for (String another : other.formats().leadingLiterals()) {
                if (opening.startsWith(another) || another.startsWith(opening)) {
                    throw new IllegalArgumentException("dialects must have different prefixes: tokens of " + one.name()
                            + " may start with \"" + opening
                            + "\" and tokens of " + other.name() + " with \"" + another
                            + "\", and neither may be the start of the other");
                }
            }
        }
    }

    private static void requireCounted(Dialect one, Dialect other) {
        for (Carrier carrier : other.carriers().all()) {
            if (!one.carriers().counts(carrier)) {
                throw new IllegalArgumentException(
                        "dialects must count the credentials of each other, but " + one.name()
                                + " does not count '" + carrier + "' of " + other.name()
                                + ": add it to carriersOfOtherDialects of " + one.name());
            }
        }
    }

    /**
     * {@return the dialect that is responsible for a credential, or empty if the credential does not start like a token of
     * any dialect}
     *
     * @param credential the credential, without the scheme
     */
    public Optional<Dialect> find(Secret credential) {
        return dialects.stream()
                .filter(dialect -> dialect.formats().recognizes(credential))
                .findFirst();
    }

    /**
     * {@return the dialect that is responsible for a request, or empty if none is} If the request has credentials of several
     * dialects, the result is the dialect that was named first in {@link #of}; it refuses the request, because it counts the
     * other credentials.
     *
     * @param request the request
     * @see Carriers#recognizes
     */
    public Optional<Dialect> find(CredentialSource request) {
        return dialects.stream()
                .filter(dialect -> dialect.carriers().recognizes(request, dialect.formats()))
                .findFirst();
    }
}
