package school.lectern.auth.benchmarks;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.vm.VM;
import school.lectern.auth.decision.Decision.Allowed;

/**
 * Counts the lines of 64 bytes that one decision reads of the memory that belongs to its token, from the real objects in a
 * cache with 10,000 tokens. Memory that all tokens share is not counted: the dialect, the clocks, the lease, and in these
 * tokens the scopes and the allowlist. It is in the processor's cache as long as any token is in use.
 */
public final class CacheLines {

    private static final int TOKENS = 10_000;
    private static final int LINE = 64;

    /** The fields of a row that an allowed decision reads. The object's class is in its header. */
    private static final List<String> OF_ROW = List.of(
            "digest1",
            "digest2",
            "digest3",
            "digest4",
            "endMillis",
            "startMillis",
            "readNanos",
            "marks",
            "tenantId",
            "environment",
            "algorithm",
            "scopes",
            "allowlist",
            "take");

    private static final List<String> OF_HASH_NODE = List.of("hash", "key", "val");
    private static final List<String> OF_CAFFEINE_NODE = List.of("value");
    private static final List<String> OF_KEY = List.of("high", "low", "text");
    private static final List<String> OF_FLOOR_KEY = List.of("high", "low");
    private static final List<String> OF_TAKE = List.of("policy", "limit", "counter");
    private static final List<String> OF_WINDOW = List.of("value", "owner", "start", "end");

    /** What is read → the lines of all tokens together. */
    private final Map<String, Long> lines = new LinkedHashMap<>();

    private CacheLines() {}

    /** Prints a table with the mean number of lines of a token. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Tokens tokens = new Tokens();
        tokens.tokens = TOKENS;
        tokens.setUp();
        Floor floor = new Floor();
        floor.setUp(tokens);
        TokenCycle turn = new TokenCycle();
        turn.start(TOKENS, 0, 1);
        // Twice: in the first call of a minute, a limit has a new window.
        for (int i = 0; i < 2 * TOKENS; i++) {
            Tokens.require(tokens.allowed(turn) instanceof Allowed, "allowed");
        }
        // As in Rounds: live objects are next to each other.
        System.gc();
        CacheLines ours = new CacheLines();
        ours.addDecisions(table(field(field(tokens.cache(), "entries"), "bySelector")));
        CacheLines least = new CacheLines();
        least.addFloor(table(field(floor, "digests")));
        double above = ours.mean() - least.mean();
        System.out.println("| Read | decision | floor |\n|---|--:|--:|");
        Set<String> all = new LinkedHashSet<>(ours.lines.keySet());
        all.addAll(least.lines.keySet());
        for (String what : all) {
            System.out.printf(Locale.ROOT, "| %s | %s | %s |%n", what, ours.mean(what), least.mean(what));
        }
        System.out.printf(Locale.ROOT, "| all | %.1f | %.1f |%n", ours.mean(), least.mean());
        System.out.printf(Locale.ROOT, "lines per decision above the floor's: %.1f, goal ≤ 3%n", above);
        tokens.tearDown();
    }

    private void addDecisions(Object[] table) throws ReflectiveOperationException {
        for (int slot = 0; slot < table.length; slot++) {
            for (Object node = table[slot]; node != null; node = field(node, "next")) {
                addSlot(table, slot);
                add("hash table: node", node, OF_HASH_NODE);
                add("key", field(node, "key"), OF_KEY);
                Object cached = field(node, "val");
                add("Caffeine: node", cached, OF_CAFFEINE_NODE);
                Object row = field(cached, "value");
                add("row", row, OF_ROW);
                Object take = field(row, "take");
                add("limit: request", take, OF_TAKE);
                add("limit: window", field(take, "counter"), OF_WINDOW);
            }
        }
    }

    private void addFloor(Object[] table) throws ReflectiveOperationException {
        for (int slot = 0; slot < table.length; slot++) {
            for (Object node = table[slot]; node != null; node = field(node, "next")) {
                addSlot(table, slot);
                add("hash table: node", node, OF_HASH_NODE);
                add("key", field(node, "key"), OF_FLOOR_KEY);
                Object cached = field(node, "val");
                add("Caffeine: node", cached, OF_CAFFEINE_NODE);
                byte[] digest = (byte[]) field(cached, "value");
                long start = VM.current().addressOf(digest);
                addLines("digest", start, ClassLayout.parseInstance(digest).instanceSize());
            }
        }
    }

    /** Adds the lines of an object: of its header, which contains its class, and of the fields. */
    private void add(String what, Object object, List<String> fields) {
        long start = VM.current().addressOf(object);
        Set<Long> read = new HashSet<>();
        read.add((start + Long.BYTES) / LINE);
        Set<String> missing = new HashSet<>(fields);
        ClassLayout.parseInstance(object).fields().forEach(field -> {
            if (missing.remove(field.name())) {
                read.add((start + field.offset()) / LINE);
            }
        });
        Tokens.require(missing.isEmpty(), what + " has no " + missing);
        lines.merge(what, (long) read.size(), Long::sum);
    }

    private void addSlot(Object[] table, int slot) {
        lines.merge("hash table: slot", 1L, Long::sum);
    }

    private void addLines(String what, long start, long bytes) {
        lines.merge(what, (start + bytes - 1) / LINE - start / LINE + 1, Long::sum);
    }

    private String mean(String what) {
        Long sum = lines.get(what);
        return sum == null ? "" : String.format(Locale.ROOT, "%.1f", (double) sum / TOKENS);
    }

    private double mean() {
        return (double) lines.values().stream().mapToLong(Long::longValue).sum() / TOKENS;
    }

    /** Returns the slots of the hash table in a Caffeine cache. */
    private static Object[] table(Object cache) throws ReflectiveOperationException {
        Object map = field(field(cache, "cache"), "data");
        Tokens.require(map instanceof ConcurrentHashMap, "Caffeine has a ConcurrentHashMap");
        Object table = field(map, "table");
        Object[] slots = new Object[Array.getLength(table)];
        Arrays.setAll(slots, slot -> Array.get(table, slot));
        return slots;
    }

    private static @Nullable Object field(Object object, String name) throws ReflectiveOperationException {
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(object);
                }
            }
        }
        throw new NoSuchFieldException(name + " of " + object.getClass());
    }
}
