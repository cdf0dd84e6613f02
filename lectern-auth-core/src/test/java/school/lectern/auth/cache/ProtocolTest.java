package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import school.lectern.auth.cache.ProtocolModel.Fault;

/**
 * Searches all orders of all steps of the protocol: the library's protocol allows no stale decision, and each faulty one does.
 */
class ProtocolTest {

    private static ProtocolModel model() {
        return Boolean.getBoolean("lectern.long") ? new ProtocolModel(4, 2) : new ProtocolModel(2, 1);
    }

    @Test
    void no_decision_uses_the_state_before_a_confirmed_change() {
        ProtocolModel model = model();
        assertThat(model.violation())
                .as(() -> "after " + model.states() + " states")
                .isEmpty();
    }

    /** The search includes decisions from the cache. Without them, it could not find a violation. */
    @ParameterizedTest
    @EnumSource(Fault.class)
    void every_fault_allows_a_stale_decision(Fault fault) {
        ProtocolModel model = model().with(fault);
        assertThat(model.violation())
                .as(() -> fault + ": no violation among " + model.states() + " states")
                .isPresent();
    }
}
