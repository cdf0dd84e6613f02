package school.lectern.auth.jdbc;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.scope.ScopeSet;

/**
 * Values that many rows of one store have in common: tenant ids, prefixes, sets of scopes, allowlists. The tokens that are read
 * from rows share them, so that each value is parsed once and takes memory once in a cache. The number and the length of the
 * retained values are bounded: a value replaces the previous one in its slot. Thread-safe.
 */
final class SharedValues {

    private final Slots<String> tenants = new Slots<>(4_096, Function.identity());
    private final Slots<String> prefixes = new Slots<>(64, Function.identity());
    private final Slots<ScopeSet> scopes = new Slots<>(512, ScopeSet::parse);
    private final Slots<IpAllowlist> allowlists = new Slots<>(512, SharedValues::parseAllowlist);

    /** Returns an equal text; the same instance for all rows of the tenant, as long as it is retained. */
    String tenant(String text) {
        return tenants.get(text);
    }

    /** Returns an equal text; the same instance for all tokens with that prefix, as long as it is retained. */
    String prefix(String text) {
        return prefixes.get(text);
    }

    /** @throws IllegalArgumentException if the text is not a set of scopes */
    ScopeSet scopes(String text) {
        return scopes.get(text);
    }

    /** @throws IllegalArgumentException if the text is not an allowlist */
    IpAllowlist allowlist(String text) {
        return allowlists.get(text);
    }

    private static IpAllowlist parseAllowlist(String text) {
        return IpAllowlist.of(
                Arrays.stream(text.split(" ", -1)).map(IpRange::parse).toList());
    }

    /** The retained values of one type. The slot of a value depends on its text's hash code. */
    private static final class Slots<T> {

        /** A value with a longer text is not retained: it is rarely shared, and may take kilobytes. */
        private static final int MAX_LENGTH = 512;

        private final AtomicReferenceArray<@Nullable Slot<T>> slots;
        private final Function<String, T> parse;

        /** @param count a power of two */
        Slots(int count, Function<String, T> parse) {
            this.slots = new AtomicReferenceArray<>(count);
            this.parse = parse;
        }

        private record Slot<T>(String text, T value) {}

        T get(String text) {
            int place = ((text.hashCode() * 0x9E3779B9) >>> 16) & (slots.length() - 1);
            Slot<T> present = slots.get(place);
            if (present != null && present.text().equals(text)) {
                return present.value();
            }
            T value = parse.apply(text);
            if (text.length() <= MAX_LENGTH) {
                slots.set(place, new Slot<>(text, value));
            }
            return value;
        }
    }
}
