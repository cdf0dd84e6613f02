package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;

class OutcomeTest {

    @Test
    void mapped_outcome_has_the_same_propagation_which_begins_once_and_only_when_it_is_requested() {
        AtomicInteger begun = new AtomicInteger();
        CompletableFuture<Void> stage = new CompletableFuture<>();
        Outcome<Integer> outcome = new Outcome.Done<>(7, () -> {
            begun.incrementAndGet();
            return stage;
        });

        Outcome<String> mapped = outcome.map(Object::toString);
        assertThat(mapped.orElseThrow()).isEqualTo("7");
        assertThat(begun).hasValue(0);
        CompletionStage<Void> propagation = mapped.propagation();
        assertThat(propagation).isSameAs(stage).isSameAs(outcome.propagation());
        assertThat(begun).hasValue(1);
    }

    @Test
    void mapped_refusal_stays_a_refusal() {
        AuthError error = AuthError.of(Kind.NAME_TAKEN);
        Outcome<Integer> refused = new Outcome.Refused<>(error);

        assertThat(refused.map(value -> fail("not called for a refusal"))).isEqualTo(refused);
    }
}
