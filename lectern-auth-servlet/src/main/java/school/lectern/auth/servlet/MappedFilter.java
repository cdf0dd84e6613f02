package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;

/**
 * One mapping of a filter. The Servlet API exposes neither the order of filters nor their dispatches, so both are read from
 * Jetty and Tomcat by reflection, since the library depends on neither.
 *
 * @param filterName the name that the filter is registered under
 * @param dispatches the dispatches that the mapping is for
 * @param types the names of the filter's class and of the classes that it extends
 */
record MappedFilter(String filterName, Set<DispatcherType> dispatches, Set<String> types) {

    private static final Logger log = LoggerFactory.getLogger(MappedFilter.class);

    /**
     * Returns all mappings in the order in which the container runs them, or empty if it is another container or does not
     * expose them.
     *
     * @param any a registration of the context
     */
    static Optional<List<MappedFilter>> all(ServletContext context, FilterRegistration any) {
        String container = context.getClass().getName();
        try {
            if (container.startsWith("org.eclipse.jetty.")) {
                return Optional.of(ofJetty(context));
            }
            return container.startsWith("org.apache.catalina.")
                    ? Optional.of(ofTomcat(context, any))
                    : Optional.empty();
        } catch (ReflectiveOperationException | RuntimeException notShown) {
            log.warn(
                    "the order and the dispatches of filters cannot be checked: {} does not expose them",
                    container,
                    RedactedFailure.of(notShown));
            return Optional.empty();
        }
    }

    private static List<MappedFilter> ofJetty(ServletContext context) throws ReflectiveOperationException {
        Class<?> handlerType = handlerType(context);
        Object handler = handlerType
                .getMethod("getServletContextHandler", ServletContext.class)
                .invoke(null, context);
        Object filters = Objects.requireNonNull(call(handler, "getServletHandler"));
        List<MappedFilter> found = new ArrayList<>();
        for (Object mapping : array(call(filters, "getFilterMappings"))) {
            EnumSet<DispatcherType> dispatches = EnumSet.noneOf(DispatcherType.class);
            Method appliesTo = mapping.getClass().getMethod("appliesTo", DispatcherType.class);
            for (DispatcherType dispatch : DispatcherType.values()) {
                if ((Boolean) appliesTo.invoke(mapping, dispatch)) {
                    dispatches.add(dispatch);
                }
            }
            String name = String.valueOf(call(mapping, "getFilterName"));
            Object holder =
                    filters.getClass().getMethod("getFilter", String.class).invoke(filters, name);
            found.add(new MappedFilter(name, dispatches, types(context, call(holder, "getFilter"), (String)
                    call(holder, "getClassName"))));
        }
        return found;
    }

    /**
     * Returns the class that encloses the context's class or one of its superclasses: the context of a web application is in
     * another package.
     */
    private static Class<?> handlerType(ServletContext context) throws ClassNotFoundException {
        for (Class<?> type = context.getClass(); type != null; type = type.getSuperclass()) {
            Class<?> outer = type.getEnclosingClass();
            if (outer != null && outer.getSimpleName().equals("ServletContextHandler")) {
                return outer;
            }
        }
        throw new ClassNotFoundException("ServletContextHandler");
    }

    private static List<MappedFilter> ofTomcat(ServletContext servletContext, FilterRegistration any)
            throws ReflectiveOperationException {
        Field field = any.getClass().getDeclaredField("context");
        field.setAccessible(true);
        Object context = field.get(any);
        List<MappedFilter> found = new ArrayList<>();
        for (Object map : array(call(context, "findFilterMaps"))) {
            EnumSet<DispatcherType> dispatches = EnumSet.noneOf(DispatcherType.class);
            for (String name : (String[]) array(call(map, "getDispatcherNames"))) {
                dispatches.add(DispatcherType.valueOf(name));
            }
            String name = String.valueOf(call(map, "getFilterName"));
            Object definition =
                    context.getClass().getMethod("findFilterDef", String.class).invoke(context, name);
            found.add(new MappedFilter(name, dispatches, types(servletContext, call(definition, "getFilter"), (String)
                    call(definition, "getFilterClass"))));
        }
        return found;
    }

    /** Returns the names of a filter's types. If the container has not created the filter yet, only the class name is known. */
    private static Set<String> types(ServletContext context, @Nullable Object filter, @Nullable String className) {
        Set<String> names = new HashSet<>();
        Class<?> type = filter != null ? filter.getClass() : className == null ? null : load(context, className);
        for (; type != null; type = type.getSuperclass()) {
            names.add(type.getName());
        }
        if (className != null) {
            names.add(className);
        }
        return names;
    }

    /** Returns a class that the application can load, without initializing it, or null. */
    static @Nullable Class<?> load(ServletContext context, String className) {
        ClassLoader loader = context.getClassLoader();
        try {
            return Class.forName(className, false, loader == null ? MappedFilter.class.getClassLoader() : loader);
        } catch (ClassNotFoundException | LinkageError absent) {
            return null;
        }
    }

    private static Object[] array(@Nullable Object array) {
        return array == null ? new Object[0] : (Object[]) array;
    }

    private static @Nullable Object call(@Nullable Object target, String method) throws ReflectiveOperationException {
        return Objects.requireNonNull(target, method)
                .getClass()
                .getMethod(method)
                .invoke(target);
    }
}
