package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.Secret;

class Sha2Test {

    /** More threads than slots, so that some share a slot. */
    private static final int THREADS = 160;

    @Test
    void threads_that_hash_at_once_do_not_disturb_each_other() throws Exception {
        CyclicBarrier all = new CyclicBarrier(THREADS);
        List<Callable<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            String text = "secret of " + i + "-".repeat(i);
            callers.add(() -> wrongOf(text, all));
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            for (Future<Integer> wrong : threads.invokeAll(callers)) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void nothing_of_the_hashed_text_remains() throws Exception {
        for (int length : new int[] {1, 32, 200, 256}) {
            assertThat(Sha2.SHA512.hash(Secret.of("s".repeat(length)))).isNotNull();
            assertThat(rooms(Sha2.SHA512))
                    .isNotEmpty()
                    .allSatisfy(room -> assertThat(room).containsOnly(0));
        }
    }

    private static List<byte[]> rooms(Sha2 algorithm) throws ReflectiveOperationException {
        AtomicReferenceArray<?> workers = (AtomicReferenceArray<?>) read(Sha2.class, "workers", algorithm);
        List<byte[]> rooms = new ArrayList<>();
        for (int i = 0; i < workers.length(); i++) {
            Object worker = workers.get(i);
            if (worker != null) {
                rooms.add((byte[]) read(worker.getClass(), "room", worker));
            }
        }
        return rooms;
    }

    private static Object read(Class<?> type, String field, Object of) throws ReflectiveOperationException {
        Field found = type.getDeclaredField(field);
        found.setAccessible(true);
        return found.get(of);
    }

    private static int wrongOf(String text, CyclicBarrier all) throws Exception {
        byte[] expected = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        String hex = HexFormat.of().formatHex(expected);
        all.await();
        int wrong = 0;
        for (int i = 0; i < 2_000; i++) {
            wrong += Sha2.SHA256.hash(Secret.of(text)).expose().equals(hex) ? 0 : 1;
        }
        return wrong;
    }
}
