package school.lectern.auth.jdbc;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.scope.ScopeSet;

/**
 * Values that many rows of one store have in common: tenant ids, prefixes, sets of scopes, allowlists. Rows that are read share them, so
 * that each is parsed once and takes memory once in a cache. Bounded by number and by length, whatever the rows hold: a value
 * replaces the one that had its slot, and all of them end with their store. Safe for use by many threads.
 */
final class SharedValues {

    private final Slots<String> tenants = new Slots<>(4_096, Function.identity());
    private final Slots<String> prefixes = new Slots<>(64, Function.identity());
    private final Slots<ScopeSet> scopes = new Slots<>(512, ScopeSet::parse);
    private final Slots<IpAllowlist> allowlists = new Slots<>(512, SharedValues::parseAllowlist);

    /** Returns an equal text, the same one where rows of the tenant were read lately. */
    String tenant(String text) {
        return tenants.get(text);
    }

    /** Returns an equal text, the same one where tokens with that prefix were read lately. */
    String prefix(String text) {
        return prefixes.get(text);
    }

    /** @throws IllegalArgumentException if the text is no set of scopes */
    ScopeSet scopes(String text) {
        return scopes.get(text);
    }

    /** @throws IllegalArgumentException if the text is no allowlist */
    IpAllowlist allowlist(String text) {
        return allowlists.get(text);
    }

    private static IpAllowlist parseAllowlist(String text) {
        return IpAllowlist.of(
                Arrays.stream(text.split(" ", -1)).map(IpRange::parse).toList());
    }

    /** One kind of value, each in the slot that its text's hash code names. */
    private static final class Slots<T> {

        /** A longer text is rarely shared, and its value takes kilobytes: it is parsed each time, and not retained. */
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
