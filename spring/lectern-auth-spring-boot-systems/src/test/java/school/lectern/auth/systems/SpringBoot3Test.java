package school.lectern.auth.systems;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The same jars and the same application run on Spring Boot 3. */
@ParameterizedClass
@MethodSource("variants")
class SpringBoot3Test extends LecternContract {

    SpringBoot3Test(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Stream.of(Variant.ON_SPRING_BOOT_3);
    }
}
