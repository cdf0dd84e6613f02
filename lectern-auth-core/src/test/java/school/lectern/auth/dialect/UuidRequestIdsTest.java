package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Request ids that are random UUIDs (RFC 9562, section 5.4). */
class UuidRequestIdsTest {

    @Test
    void an_id_is_a_random_uuid() {
        Supplier<String> ids = RequestIds.uuid().source(Clock.systemUTC(), new SecureRandom());
        Set<String> drawn = new HashSet<>();
        Set<Character> variants = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            String id = ids.get();
            UUID parsed = UUID.fromString(id);
            assertThat(parsed).hasToString(id);
            assertThat(parsed.version()).isEqualTo(4);
            assertThat(parsed.variant()).isEqualTo(2);
            variants.add(id.charAt(19));
            drawn.add(id);
        }
        assertThat(drawn).hasSize(1_000);
        assertThat(variants).containsExactlyInAnyOrder('8', '9', 'a', 'b');
        assertThat(RequestIds.uuid().example()).isEqualTo("00000000-0000-4000-8000-000000000000");
    }
}
