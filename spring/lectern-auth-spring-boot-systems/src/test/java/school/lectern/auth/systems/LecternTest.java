package school.lectern.auth.systems;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.systems.Variant.TokenSystem;

@ParameterizedClass
@MethodSource("variants")
class LecternTest extends LecternContract {

    LecternTest(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Variant.of(TokenSystem.LECTERN);
    }
}
